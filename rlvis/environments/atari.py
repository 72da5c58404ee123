"""Atari games (Bellemare et al. 2013) through ale-py, with its emulators in this process or spread over several."""

import numpy as np

from rlvis.environments.atari_game import AtariGame, atari_games
from rlvis.environments.atari_options import AtariOptions, atari_game, check_atari_options
from rlvis.environments.checks import checked_actions, checked_number
from rlvis.environments.specification import EnvironmentKind
from rlvis.environments.vector import Moment, Transition, VectorEnvironment
from rlvis.errors import EnvironmentFailure


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

    Raises:
        EnvironmentFailure: for an unknown game or option.
    """

    supports_state = True

    def __init__(self, game, num_envs, seed, options=None, *, human_frames=False):
        self.game, self.options = atari_game_and_options(game, options or {})
        self.num_envs = checked_number("num_envs", num_envs, 1)
        seeds = [game_seed(checked_number("seed", seed, 0), index) for index in range(num_envs)]
        self._games = [AtariGame(self.game, self.options, seed) for seed in seeds]
        self._human_frames = human_frames
        self.observation_shape = self._games[0].observation_shape
        self.action_names = self._games[0].action_names
        self.num_actions = len(self.action_names)

    def observe(self) -> Moment:
        games = self._opened()
        frames = np.stack([game.picture for game in games]) if self._human_frames else None
        return Moment(np.stack([game.observation for game in games]), np.array([game.first for game in games]), frames)

    def step(self, actions) -> Transition:
        actions = checked_actions(actions, self.num_envs, self.num_actions)
        steps = [game.step(int(action)) for game, action in zip(self._opened(), actions, strict=True)]
        rewards = np.array([step.reward for step in steps], np.float32)
        terminated, truncated, game_over = (np.array([getattr(step, name) for step in steps]) for name in ("terminated", "truncated", "game_over"))
        infos = {"lives": np.array([step.lives for step in steps], np.int32), "game_over": game_over}
        return Transition(rewards, terminated, truncated, self.observe(), infos)

    def get_state(self) -> list[bytes]:
        return [game.get_state() for game in self._opened()]

    def set_state(self, states) -> None:
        if len(states) != self.num_envs:
            raise EnvironmentFailure(f"expected {self.num_envs} states, got {len(states)}")
        read = [game.read_state(state) for game, state in zip(self._opened(), states, strict=True)]
        for game, state in zip(self._games, read, strict=True):
            game.set_state(state)

    def _opened(self):
        if self._games is None:
            raise EnvironmentFailure("the environment has been closed")
        return self._games

    def close(self) -> None:
        self._games = None


def atari_game_and_options(name: str, options) -> tuple[str, AtariOptions]:
    """The game, and all options that hold: those given, else those its Gym id implies, else the defaults."""
    game, implied = atari_game(name, atari_games())
    return game, check_atari_options({**implied, **options})


def game_seed(seed: int, index: int) -> int:
    """The seed of one of the environments, 31 bits from both numbers."""
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0] >> 1)


def _make(specification, num_envs, seed, *, human_frames=False, num_threads=None):
    return AtariEnvironment(specification.name, num_envs, seed, specification.options, human_frames=human_frames)


def _action_names(specification):
    game, options = atari_game_and_options(specification.name, specification.options)
    return AtariGame(game, options, 0).action_names


KIND = EnvironmentKind(make=_make, action_names=_action_names)
