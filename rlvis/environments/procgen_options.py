"""Procgen's games and options, checked before the library sees them (it ends the process on anything it does not know)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from rlvis.environments.checks import LARGEST_INTEGER, suggestion
from rlvis.errors import EnvironmentFailure

GAMES = (
    "bigfish",
    "bossfight",
    "caveflyer",
    "chaser",
    "climber",
    "coinrun",
    "dodgeball",
    "fruitbot",
    "heist",
    "jumper",
    "leaper",
    "maze",
    "miner",
    "ninja",
    "plunder",
    "starpilot",
)
DISTRIBUTION_MODES = {"easy": 0, "hard": 1, "extreme": 2, "memory": 10, "exploration": 1}
EXTREME_GAMES = ("chaser", "dodgeball", "leaper", "starpilot")
MEMORY_GAMES = ("caveflyer", "dodgeball", "heist", "jumper", "maze", "miner")
# The one hard level of each game on which exploration is measured (Cobbe et al. 2020, appendix).
EXPLORATION_LEVELS = {
    "caveflyer": 1259048185,
    "climber": 1561126160,
    "coinrun": 1949448038,
    "heist": 876640971,
    "jumper": 1434825276,
    "leaper": 1318677581,
    "maze": 158988835,
    "ninja": 1123500215,
}
# The original CoinRun (Cobbe et al. 2019), which Procgen's library does not contain.
COINRUN_OLD = "coinrun_old"


@dataclass(frozen=True)
class ProcgenOptions:
    """The options of a Procgen game; names and defaults are Procgen's own.

    Attributes:
        distribution_mode: easy or hard for every game; extreme, memory or exploration for some.
        num_levels: number of levels; 0 for all of them.
        start_level: the first level's seed.
        use_sequential_levels: completing a level continues with the next one instead of ending the episode.
        center_agent: the picture follows the agent.
        use_backgrounds: draw backgrounds; otherwise they are black.
        use_monochrome_assets: draw everything as single-coloured rectangles.
        restrict_themes: use only one theme where a game has several.
        use_generated_assets: draw randomly generated pictures instead of the designed ones.
        paint_vel_info: paint the agent's velocity into the upper left corner (some games).
        debug_mode: a number that some games understand.
    """

    distribution_mode: str = "hard"
    num_levels: int = 0
    start_level: int = 0
    use_sequential_levels: bool = False
    center_agent: bool = True
    use_backgrounds: bool = True
    use_monochrome_assets: bool = False
    restrict_themes: bool = False
    use_generated_assets: bool = False
    paint_vel_info: bool = False
    debug_mode: int = 0

    def for_library(self, game: str) -> dict[str, bool | int]:
        """The options as the library wants them."""
        values = asdict(self)
        if self.distribution_mode == "exploration":
            values.update(num_levels=1, start_level=EXPLORATION_LEVELS[game])
        values["distribution_mode"] = DISTRIBUTION_MODES[self.distribution_mode]
        return values


def procgen_game(name: str) -> str:
    """The game's own name, from that name in any capitals or from a Gym id such as `procgen:procgen-coinrun-v0`.

    Raises:
        EnvironmentFailure: for a game that Procgen does not have.
    """
    game = name.lower().removeprefix("procgen:").removeprefix("procgen-").removesuffix("-v0")
    if game in GAMES or game == COINRUN_OLD:
        return game
    raise EnvironmentFailure(f"Procgen has no game {name!r}{suggestion(game, (*GAMES, COINRUN_OLD))}")


def check_procgen_options(game: str, options: Mapping[str, Any]) -> ProcgenOptions:
    """Options of a game, with Procgen's defaults for those not given.

    Args:
        game: one of `GAMES`.
        options: values by name.

    Raises:
        EnvironmentFailure: for an unknown name, a value of the wrong type or size, or a mode that the game does not have.
    """
    known = {item.name: item.type for item in fields(ProcgenOptions)}
    for name, value in options.items():
        if name not in known:
            raise EnvironmentFailure(f"Procgen has no option {name!r}{suggestion(name, known)}")
        _check_type(name, value, known[name])
    checked = ProcgenOptions(**{name: known[name](value) for name, value in options.items()})
    _check_mode(game, checked, options)
    if checked.start_level + checked.num_levels > LARGEST_INTEGER:
        raise EnvironmentFailure(f"start_level + num_levels must be at most {LARGEST_INTEGER}, got {checked.start_level} + {checked.num_levels}")
    return checked


def _check_type(name, value, expected):
    if expected is int:
        if not hasattr(value, "__index__") or isinstance(value, bool) or not 0 <= value <= LARGEST_INTEGER:
            raise EnvironmentFailure(f"Procgen's option {name} must be a whole number from 0 to {LARGEST_INTEGER}, got {value!r}")
    elif expected is bool and (isinstance(value, bool) or value in (0, 1)):
        # Checkpoints' settings often have numbers here, as Procgen takes them.
        return
    elif expected is bool or not isinstance(value, expected):
        raise EnvironmentFailure(f"Procgen's option {name} must be {'true or false' if expected is bool else 'a string'}, got {value!r}")


def _check_mode(game, checked, given):
    mode = checked.distribution_mode
    if mode not in DISTRIBUTION_MODES:
        raise EnvironmentFailure(f"Procgen has no distribution_mode {mode!r}{suggestion(mode, DISTRIBUTION_MODES)}")
    games = {"extreme": EXTREME_GAMES, "memory": MEMORY_GAMES, "exploration": EXPLORATION_LEVELS}.get(mode, GAMES)
    if game not in games:
        raise EnvironmentFailure(f"{game} has no distribution_mode {mode!r}; the games that have it are {', '.join(games)}")
    fixed = [name for name in ("num_levels", "start_level") if given.get(name)]
    if mode == "exploration" and fixed:
        raise EnvironmentFailure(f"distribution_mode 'exploration' is one particular level; leave out {' and '.join(fixed)}")
