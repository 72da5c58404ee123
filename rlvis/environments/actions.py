"""What an agent's actions mean: their names, the directions they hold, and how a page writes them."""

PROCGEN_ACTIONS = ("LEFT+DOWN", "LEFT", "LEFT+UP", "DOWN", "NOOP", "UP", "RIGHT+DOWN", "RIGHT", "RIGHT+UP", "D", "A", "W", "S", "Q", "E")
# The original CoinRun's seven actions, and the two idle ones that some agents were trained with besides.
COINRUN_OLD_ACTIONS = ("NOOP", "RIGHT", "LEFT", "UP", "RIGHT+UP", "LEFT+UP", "DOWN", "A", "B")
DIRECTIONS = ("left", "right", "up", "down")
NO_ACTION = "NOOP"

_ARROWS = {
    (): "·",
    ("left",): "←",
    ("right",): "→",
    ("up",): "↑",
    ("down",): "↓",
    ("left", "up"): "↖",
    ("right", "up"): "↗",
    ("left", "down"): "↙",
    ("right", "down"): "↘",
}


def action_directions(name: str) -> tuple[str, ...]:
    """The directions in an action's name, in the order of `DIRECTIONS`.

    Understands Procgen's names ("LEFT+DOWN"), Atari's ("UPRIGHTFIRE") and plain words in any capitals ("right+A").
    """
    left, _ = _split(name)
    return left


def action_glyph(name: str) -> str:
    """An action as a short sign: "RIGHT+UP" is "↗", "UPRIGHTFIRE" is "↗ FIRE", "NOOP" is "·", "D" is "D"."""
    directions, rest = _split(name)
    if not directions:
        return _ARROWS[()] if name.upper() == NO_ACTION else name
    arrow = _ARROWS.get(directions, "".join(_ARROWS[(direction,)] for direction in directions))
    return f"{arrow} {rest}" if rest else arrow


def _split(name):
    rest = name.upper()
    found = []
    for direction in DIRECTIONS:
        if direction.upper() in rest:
            found.append(direction)
            rest = rest.replace(direction.upper(), "", 1)
    return tuple(found), "+".join(part for part in rest.replace("_", "+").split("+") if part)


def direction_groups(names: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Action numbers by direction: every action that holds it; "none" for those that hold no direction.

    Args:
        names: A action names.

    Returns:
        Groups in the order right, left, up, down, none, without the empty ones.
    """
    groups = {direction: tuple(number for number, name in enumerate(names) if direction in action_directions(name)) for direction in ("right", "left", "up", "down")}
    groups["none"] = tuple(number for number, name in enumerate(names) if not action_directions(name))
    return {direction: numbers for direction, numbers in groups.items() if numbers}
