import json

import pytest

from rlvis.environments.procgen_options import EXPLORATION_LEVELS, EXTREME_GAMES, GAMES, MEMORY_GAMES, ProcgenOptions, check_procgen_options, procgen_game
from rlvis.errors import EnvironmentFailure


def test_defaults_are_procgens():
    assert check_procgen_options("coinrun", {}) == ProcgenOptions()
    assert ProcgenOptions().for_library("coinrun") == {
        "distribution_mode": 1,
        "num_levels": 0,
        "start_level": 0,
        "use_sequential_levels": False,
        "center_agent": True,
        "use_backgrounds": True,
        "use_monochrome_assets": False,
        "restrict_themes": False,
        "use_generated_assets": False,
        "paint_vel_info": False,
        "debug_mode": 0,
    }


def test_options_survive_json():
    options = {"distribution_mode": "easy", "num_levels": 500, "use_backgrounds": False}
    checked = check_procgen_options("starpilot", json.loads(json.dumps(options)))
    assert (checked.distribution_mode, checked.num_levels, checked.use_backgrounds) == ("easy", 500, False)


def test_numbers_do_for_switches():
    assert check_procgen_options("coinrun", {"paint_vel_info": 1, "use_backgrounds": 0}) == ProcgenOptions(paint_vel_info=True, use_backgrounds=False)
    assert check_procgen_options("coinrun", {"paint_vel_info": 1}).paint_vel_info is True


@pytest.mark.parametrize("name", ["coinrun", "CoinRun", "procgen-coinrun-v0", "procgen:procgen-coinrun-v0"])
def test_a_game_is_known_by_any_of_its_names(name):
    assert procgen_game(name) == "coinrun"


@pytest.mark.parametrize(
    ("game", "options", "message"),
    [
        ("coinrun", {"num_level": 3}, "no option 'num_level'; did you mean 'num_levels'"),
        ("coinrun", {"zzz": 3}, "there are distribution_mode, num_levels"),
        ("coinrun", {"num_levels": -1}, "num_levels must be a whole number"),
        ("coinrun", {"num_levels": True}, "num_levels must be a whole number"),
        ("coinrun", {"num_levels": 2.0}, "num_levels must be a whole number"),
        ("coinrun", {"start_level": 2**31}, "start_level must be a whole number"),
        ("coinrun", {"start_level": 2**31 - 1, "num_levels": 1}, r"start_level \+ num_levels"),
        ("coinrun", {"use_backgrounds": 2}, "use_backgrounds must be true or false, got 2"),
        ("coinrun", {"distribution_mode": 1}, "distribution_mode must be a string"),
        ("coinrun", {"distribution_mode": "esy"}, "did you mean 'easy'"),
        ("coinrun", {"distribution_mode": "memory"}, "coinrun has no distribution_mode 'memory'; the games that have it are caveflyer"),
        ("maze", {"distribution_mode": "extreme"}, "maze has no distribution_mode 'extreme'"),
        ("bigfish", {"distribution_mode": "exploration"}, "bigfish has no distribution_mode 'exploration'"),
        ("maze", {"distribution_mode": "exploration", "num_levels": 3}, "leave out num_levels"),
    ],
)
def test_what_the_library_would_die_of_is_refused(game, options, message):
    with pytest.raises(EnvironmentFailure, match=message):
        check_procgen_options(game, options)


def test_unknown_game_suggests_the_nearest():
    with pytest.raises(EnvironmentFailure, match="no game 'conirun'; did you mean 'coinrun'"):
        procgen_game("conirun")
    with pytest.raises(EnvironmentFailure, match="there are bigfish"):
        procgen_game("bigfish,coinrun,zzzzzzzzzzzzzz")


def test_modes_belong_to_games():
    for games in (EXTREME_GAMES, MEMORY_GAMES, EXPLORATION_LEVELS):
        assert set(games) < set(GAMES)
    assert check_procgen_options("maze", {"distribution_mode": "exploration"}).for_library("maze")["num_levels"] == 1
