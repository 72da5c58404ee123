"""Atari games (Bellemare et al. 2013) through ale-py, with its emulators in this process or spread over several."""

import importlib.metadata

import numpy as np

from rlvis.environments.atari_batch import LocalBatch, RemoteBatch
from rlvis.environments.atari_game import AtariGame, atari_games
from rlvis.environments.atari_options import AtariOptions, atari_game, check_atari_options
from rlvis.environments.checks import checked_actions, checked_number
from rlvis.environments.specification import EnvironmentKind
from rlvis.environments.vector import Moment, Transition, VectorEnvironment, available_processors
from rlvis.errors import EnvironmentFailure, RlvisError

GAMES_WORTH_A_PROCESS = 4


class AtariEnvironment(VectorEnvironment):
    """N environments of an Atari game.

    Rewards are the game's own, unclipped. `infos` has `lives` and `game_over`, both as the step left them: with
    `episodic_life` an episode ends (`terminated`) at every lost life, and `game_over` tells the real end of a game.
    `truncated` is where `frame_limit` cut a game. Human-resolution frames are what the agent sees before
    preprocessing: 210×160 in colour, pooled if the agent's pictures are.

    The same seed, options and actions give the same bytes; an environment does not depend on how many others there are.

    Args:
        game: a game, such as "breakout", or a Gym id, such as "BreakoutNoFrameskip-v4" (see `atari_game`).
        num_envs: N.
        seed: 0 … 2³¹ − 1.
        options: options by name, see `AtariOptions`.
        human_frames: also give the pictures.
        num_processes: processes to spread the emulators over; 0 or 1: all in this one. Default: by the processors there are.

    Raises:
        EnvironmentFailure: for an unknown game or option.
    """

    supports_state = True

    def __init__(self, game, num_envs, seed, options=None, *, human_frames=False, num_processes=None):
        self.game, self.options = atari_game_and_options(game, options or {})
        self.num_envs = checked_number("num_envs", num_envs, 1)
        seeds = [game_seed(checked_number("seed", seed, 0), index) for index in range(num_envs)]
        count = default_processes(num_envs) if num_processes is None else checked_number("num_processes", num_processes, 0)
        self._parts = [part for part in np.array_split(np.arange(num_envs), max(count, 1)) if len(part)]
        make = RemoteBatch if count > 1 else LocalBatch
        self._batches = [make(self.game, self.options, [seeds[index] for index in part], human_frames) for part in self._parts]
        try:
            self.observation_shape, self.action_names = self._all("describe")[0]
        except BaseException:
            self.close()
            raise
        self.num_actions = len(self.action_names)

    def observe(self) -> Moment:
        return Moment(**_joined(self._all("observe")))

    def step(self, actions) -> Transition:
        actions = checked_actions(actions, self.num_envs, self.num_actions)
        steps, moments = zip(*self._all("step", actions), strict=True)
        result = _joined(steps)
        infos = {name: result[name] for name in ("lives", "game_over")}
        return Transition(result["reward"], result["terminated"], result["truncated"], Moment(**_joined(moments)), infos)

    def get_state(self) -> list[bytes]:
        return [state for states in self._all("get_state") for state in states]

    def set_state(self, states) -> None:
        if len(states) != self.num_envs:
            raise EnvironmentFailure(f"expected {self.num_envs} states, got {len(states)}")
        self._all("check_state", states)
        self._all("set_state", states)

    def _all(self, method, per_game=None):
        """Every batch's answer; `per_game` is an argument with an entry for each game."""
        if self._batches is None:
            raise EnvironmentFailure("the environment has been closed")
        for batch, part in zip(self._batches, self._parts, strict=True):
            batch.ask(method, *([] if per_game is None else [per_game[part[0] : part[-1] + 1]]))
        answers, errors = [], []
        # All answers are taken before an error is raised, or they would be mistaken for those of the next call.
        for batch in self._batches:
            try:
                answers.append(batch.answer())
            except RlvisError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return answers

    def close(self) -> None:
        if self._batches is not None:
            for batch in self._batches:
                batch.close()
            self._batches = None


def _joined(parts):
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def default_processes(num_envs: int) -> int:
    """How many processes of their own that many games are worth on this machine; 0: they stay in this one."""
    count = min(available_processors(), num_envs // GAMES_WORTH_A_PROCESS)
    return count if count > 1 else 0


def atari_game_and_options(name: str, options) -> tuple[str, AtariOptions]:
    """The game, and all options that hold: those given, else those its Gym id implies, else the defaults."""
    game, implied = atari_game(name, atari_games())
    return game, check_atari_options({**implied, **options})


def game_seed(seed: int, index: int) -> int:
    """The seed of one of the environments, 31 bits from both numbers."""
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0] >> 1)


def _make(specification, num_envs, seed, *, human_frames=False, num_threads=None):
    return AtariEnvironment(specification.name, num_envs, seed, specification.options, human_frames=human_frames, num_processes=num_threads)


def _action_names(specification):
    game, options = atari_game_and_options(specification.name, specification.options)
    return AtariGame(game, options, 0).action_names


def _version():
    return " ".join(importlib.metadata.version(name) for name in ("ale-py", "gymnasium"))


KIND = EnvironmentKind(make=_make, action_names=_action_names, version=_version)
