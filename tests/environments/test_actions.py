import pytest

from rlvis.environments.actions import COINRUN_OLD_ACTIONS, PROCGEN_ACTIONS, action_directions, action_glyph, direction_groups


@pytest.mark.parametrize(
    ("name", "directions", "glyph"),
    [
        ("NOOP", (), "·"),
        ("LEFT+DOWN", ("left", "down"), "↙"),
        ("RIGHT", ("right",), "→"),
        ("D", (), "D"),
        ("FIRE", (), "FIRE"),
        ("UPRIGHTFIRE", ("right", "up"), "↗ FIRE"),
        ("DOWNLEFT", ("left", "down"), "↙"),
        ("right+A+B", ("right",), "→ A+B"),
        ("noop", (), "·"),
    ],
)
def test_names_are_read_in_every_style(name, directions, glyph):
    assert action_directions(name) == directions
    assert action_glyph(name) == glyph


def test_procgen_has_fifteen_actions_in_its_own_order():
    assert len(PROCGEN_ACTIONS) == 15 and PROCGEN_ACTIONS[4] == "NOOP" and PROCGEN_ACTIONS[-6:] == ("D", "A", "W", "S", "Q", "E")
    assert [action_glyph(name) for name in PROCGEN_ACTIONS[:9]] == ["↙", "←", "↖", "↓", "·", "↑", "↘", "→", "↗"]
    assert "".join(map(action_glyph, COINRUN_OLD_ACTIONS)) == "·→←↑↗↖↓AB"


def test_groups_hold_every_action_that_has_the_direction():
    assert direction_groups(PROCGEN_ACTIONS) == {
        "right": (6, 7, 8),
        "left": (0, 1, 2),
        "up": (2, 5, 8),
        "down": (0, 3, 6),
        "none": (4, 9, 10, 11, 12, 13, 14),
    }
    assert direction_groups(("NOOP", "FIRE", "RIGHT", "LEFT")) == {"right": (2,), "left": (3,), "none": (0, 1)}
