"""Atari games and options, and what the ids of Gym's Atari environments stand for."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from rlvis.environments.checks import checked_number, suggestion
from rlvis.environments.preprocessing import Preprocessing, preprocessing_from_json
from rlvis.errors import EnvironmentFailure

DEFAULT_FRAME_LIMIT = 108_000
FRAMES_PER_STEP_LIMIT = 1000
_GYM_ID = re.compile(r"^(?:ALE/)?(?P<game>[A-Za-z0-9_]+?)(?P<kind>-ram|NoFrameskip|Deterministic)?-v(?P<version>\d+)$")
# What Gym's own environments did before any wrapper (inclusive bounds of the random frame skip).
_WITHOUT_WRAPPERS = {"max_pool": False, "noop_max": 0, "fire_reset": False}


@dataclass(frozen=True)
class AtariOptions:
    """How an Atari game is played; the defaults are those of the common training wrappers around NoFrameskip-v4.

    Attributes:
        preprocessing: what the agent sees: a `Preprocessing`, its differing fields, or "deepmind", "baby_a3c", "raw".
        frame_skip: emulator frames per step; two numbers: drawn anew for each step, from the first to the second inclusive.
        max_pool: show the brighter of the step's last two frames, pixel by pixel (otherwise only the last).
        repeat_action_probability: in each emulator frame, the probability that the previous action is repeated (sticky actions: 0.25).
        noop_max: a game starts with 1 … noop_max idle frames; 0: none.
        fire_reset: an episode starts with action 1 and then action 2, where action 1 is FIRE.
        episodic_life: losing a life ends the episode (the game goes on in the next one).
        full_action_space: all 18 actions rather than those the game uses.
        frame_limit: emulator frames after which a game is cut off; None: never.
        mode: the game's mode, if not its first.
        difficulty: the game's difficulty, if not its first.
    """

    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    frame_skip: int | tuple[int, int] = 4
    max_pool: bool = True
    repeat_action_probability: float = 0.0
    noop_max: int = 30
    fire_reset: bool = True
    episodic_life: bool = False
    full_action_space: bool = False
    frame_limit: int | None = DEFAULT_FRAME_LIMIT
    mode: int | None = None
    difficulty: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The options as plain values."""
        frame_skip = list(self.frame_skip) if isinstance(self.frame_skip, tuple) else self.frame_skip
        return asdict(self) | {"preprocessing": self.preprocessing.to_json(), "frame_skip": frame_skip}


def atari_game(name: str, known: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """A game's name, and the options that its Gym id implies.

    `breakout`, `Breakout` and `BreakoutNoFrameskip-v4` imply none, since that id is always used under wrappers, which
    the options' defaults describe; `Breakout-v4`, `BreakoutDeterministic-v4` and `ALE/Breakout-v5` imply what those
    environments do by themselves.

    Args:
        name: the game or a Gym id.
        known: the emulator's games.

    Raises:
        EnvironmentFailure: for a game that the emulator does not have.
    """
    matched = _GYM_ID.match(name)
    title = matched["game"] if matched else name
    game = _plain_name(title)
    by_letters = {known_game.replace("_", ""): known_game for known_game in known}
    if game.replace("_", "") not in by_letters:
        raise EnvironmentFailure(f"there is no Atari game {name!r}{suggestion(game, known)}")
    if matched and matched["kind"] == "-ram":
        raise EnvironmentFailure(f"{name} shows the console's memory, not pictures; rlvis needs an agent that sees")
    game = by_letters[game.replace("_", "")]
    return game, _implied_options(game, matched["kind"], int(matched["version"])) if matched else {}


def _plain_name(title):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", title).lower()


def _implied_options(game, kind, version):
    sticky = {"repeat_action_probability": 0.25} if version in (0, 5) else {}
    if kind == "NoFrameskip":
        return sticky
    if version == 5:
        return sticky | _WITHOUT_WRAPPERS | {"frame_skip": 4}
    if kind == "Deterministic":
        return sticky | _WITHOUT_WRAPPERS | {"frame_skip": 3 if game == "space_invaders" else 4}
    return sticky | _WITHOUT_WRAPPERS | {"frame_skip": (2, 4)}


def check_atari_options(options: Mapping[str, Any]) -> AtariOptions:
    """Atari options from plain values; `frame_stack` may be given beside `preprocessing`, as for other environments.

    Raises:
        EnvironmentFailure: for an unknown name or a value of the wrong type or size.
    """
    checks = {
        "preprocessing": lambda name, value: preprocessing_from_json(value),
        "frame_skip": _checked_frame_skip,
        "repeat_action_probability": _checked_probability,
        "noop_max": lambda name, value: checked_number(name, value, 0),
        "frame_limit": lambda name, value: None if value is None else checked_number(name, value, 1),
        "mode": lambda name, value: None if value is None else checked_number(name, value, 0),
        "difficulty": lambda name, value: None if value is None else checked_number(name, value, 0),
    }
    known = [item.name for item in fields(AtariOptions)]
    if "frame_stack" in options:
        preprocessing = preprocessing_from_json(options.get("preprocessing", {}))
        options = {**options, "preprocessing": replace(preprocessing, frame_stack=options["frame_stack"])}
        del options["frame_stack"]
    for name in options:
        if name not in known:
            raise EnvironmentFailure(f"Atari games have no option {name!r}{suggestion(name, known)}")
    return AtariOptions(**{name: checks.get(name, _checked_switch)(name, value) for name, value in options.items()})


def _checked_switch(name, value):
    if not isinstance(value, bool):
        raise EnvironmentFailure(f"{name} must be true or false, got {value!r}")
    return value


def _checked_probability(name, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise EnvironmentFailure(f"{name} must be from 0 to 1, got {value!r}")
    return float(value)


def _checked_frame_skip(name, value):
    if not isinstance(value, (list, tuple)):
        return checked_number(name, value, 1, FRAMES_PER_STEP_LIMIT)
    if len(value) != 2:
        raise EnvironmentFailure(f"{name} must be one number or the least and the most, got {value!r}")
    least = checked_number(name, value[0], 1, FRAMES_PER_STEP_LIMIT)
    return least, checked_number(name, value[1], least, FRAMES_PER_STEP_LIMIT)


