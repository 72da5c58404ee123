"""Procgen's sixteen games (Cobbe et al. 2020), driven through the library's C interface."""

import os

import numpy as np

from rlvis.environments.actions import COINRUN_OLD_ACTIONS, PROCGEN_ACTIONS
from rlvis.environments.checks import checked_actions, checked_number
from rlvis.environments.frame_stack import stack_frames
from rlvis.environments.libenv import LibenvHandle
from rlvis.environments.procgen_library import library_version, load_library, procgen_folder
from rlvis.environments.procgen_options import COINRUN_OLD, check_procgen_options, procgen_game
from rlvis.environments.saved_state import open_state, seal_state
from rlvis.environments.specification import EnvironmentKind
from rlvis.environments.vector import Moment, Transition, VectorEnvironment, available_processors
from rlvis.errors import EnvironmentFailure

MAX_THREADS = 4
ENVS_WORTH_THREADS = 16
COINRUN_OLD_NUM_ACTIONS = (7, 9)
COINRUN_OLD_NOTE = (
    "This agent was trained on the original CoinRun and plays Procgen's CoinRun here: levels and pictures differ from those it knows. "
    "Its actions are mapped to Procgen's, and its velocity is painted into the observations."
)


class ProcgenEnvironment(VectorEnvironment):
    """N environments of a Procgen game: 64×64×3 observations, 15 actions.

    The same seed, number of environments, options and actions give the same bytes, whatever the number of threads; an
    environment's levels do not depend on how many others there are. Procgen does not tell a time limit from a true
    end, so that every end is reported as `terminated`. `infos` has `level_seed` (of the level now shown),
    `prev_level_seed` and `prev_level_complete` (of the level just played).

    Args:
        game: a name that `procgen_game` understands. `coinrun_old` is played as Procgen's coinrun, with 7 or 9 actions
            (option `num_actions`).
        num_envs: N.
        seed: of the choice of levels, 0 … 2³¹ − 1.
        options: Procgen's options, see `ProcgenOptions`.
        human_frames: also draw 512×512 pictures (some thirty times slower).
        num_threads: threads that step the environments; 0 uses the caller's. Default: up to 4, by the processors there are.

    Raises:
        EnvironmentFailure: for an unknown game or option, or if the library cannot be had.
    """

    supports_state = True
    observation_shape = (64, 64, 3)

    def __init__(self, game, num_envs, seed, options=None, *, human_frames=False, num_threads=None):
        options = dict(options or {})
        self.game = procgen_game(game)
        self.action_names = procgen_action_names(self.game, options)
        self._action_numbers = _action_numbers(self.action_names)
        if self.game == COINRUN_OLD:
            options.pop("num_actions", None)
            options.setdefault("paint_vel_info", True)
            self.game, self.notes = "coinrun", (COINRUN_OLD_NOTE,)
        self.options = check_procgen_options(self.game, options)
        checked_number("num_envs", num_envs, 1)
        checked_number("seed", seed, 0)
        num_threads = default_threads(num_envs) if num_threads is None else num_threads
        checked_number("num_threads", num_threads, 0)
        self.num_envs, self.num_actions, self._human_frames = num_envs, len(self.action_names), human_frames
        given = self.options.for_library(self.game) | {
            "env_name": self.game,
            "num_actions": len(PROCGEN_ACTIONS),
            "rand_seed": int(seed),
            "num_threads": int(num_threads),
            "render_human": bool(human_frames),
            "resource_root": os.path.join(procgen_folder(), "data", "assets", ""),
        }
        self._libenv = LibenvHandle(load_library(), num_envs, given)

    def observe(self) -> Moment:
        libenv = self._opened()
        frames = libenv.infos["rgb"].copy() if self._human_frames else None
        return Moment(libenv.observations["rgb"].copy(), libenv.firsts.copy(), frames)

    def step(self, actions) -> Transition:
        libenv = self._opened()
        libenv.act(self._action_numbers[checked_actions(actions, self.num_envs, self.num_actions)])
        infos = {name: values.copy() for name, values in libenv.infos.items() if name != "rgb"}
        infos["prev_level_complete"] = infos["prev_level_complete"].astype(bool)
        ended = libenv.firsts.copy()
        return Transition(libenv.rewards.copy(), ended, np.zeros(self.num_envs, bool), self.observe(), infos)

    def get_state(self) -> list[bytes]:
        return [seal_state(self.game, self._opened().get_state(env)) for env in range(self.num_envs)]

    def set_state(self, states) -> None:
        """Return to the states that `get_state` gave, of this game in any number of environments.

        Raises:
            EnvironmentFailure: for anything that is not such a state, unaltered.
        """
        if len(states) != self.num_envs:
            raise EnvironmentFailure(f"expected {self.num_envs} states, got {len(states)}")
        opened = [open_state(self.game, state) for state in states]
        for env, state in enumerate(opened):
            self._opened().set_state(env, state)
        self._libenv.observe()

    def _opened(self):
        if self._libenv is None:
            raise EnvironmentFailure("the environment has been closed")
        return self._libenv

    def close(self) -> None:
        if self._libenv is not None:
            self._libenv.close()
            self._libenv = None


def procgen_action_names(game: str, options) -> tuple[str, ...]:
    """The names of a game's actions; the library is not needed for them."""
    if game != COINRUN_OLD:
        return PROCGEN_ACTIONS
    count = options.get("num_actions", COINRUN_OLD_NUM_ACTIONS[0])
    if count not in COINRUN_OLD_NUM_ACTIONS:
        raise EnvironmentFailure(f"agents of the original CoinRun have 7 or 9 actions, got {count!r}")
    return COINRUN_OLD_ACTIONS[:count]


def _action_numbers(names):
    # Procgen's own A and B do something in other games; those of the original CoinRun never did.
    idle = PROCGEN_ACTIONS.index("NOOP")
    meanings = PROCGEN_ACTIONS if names is PROCGEN_ACTIONS else PROCGEN_ACTIONS[: PROCGEN_ACTIONS.index("D")]
    return np.array([meanings.index(name) if name in meanings else idle for name in names])


def default_threads(num_envs: int) -> int:
    """Threads that pay off for that many environments on this machine; 0 where the caller's own is best.

    The library hands out one environment at a time, which costs about as much as stepping it: with two processors, or
    few environments, no number of threads is faster than none.
    """
    processors = available_processors()
    return min(MAX_THREADS, processors) if processors >= MAX_THREADS and num_envs >= ENVS_WORTH_THREADS else 0


def _make(specification, num_envs, seed, *, human_frames=False, num_threads=None):
    options = dict(specification.options)
    frame_stack = options.pop("frame_stack", 1)
    return stack_frames(ProcgenEnvironment(specification.name, num_envs, seed, options, human_frames=human_frames, num_threads=num_threads), frame_stack)


KIND = EnvironmentKind(
    make=_make,
    action_names=lambda specification: procgen_action_names(procgen_game(specification.name), specification.options),
    notes=lambda specification: (COINRUN_OLD_NOTE,) if procgen_game(specification.name) == COINRUN_OLD else (),
    version=library_version,
)
