"""One Atari game, played the way that agents' training code played it."""

import json
from dataclasses import dataclass

import ale_py
import numpy as np
from ale_py import roms

from rlvis.environments.atari_options import AtariOptions
from rlvis.environments.preprocessing import preprocess, push_picture, start_stack
from rlvis.environments.saved_state import open_state, seal_state
from rlvis.errors import EnvironmentFailure

# The actions with which an episode starts under `fire_reset`, as numbers of the agent's actions.
FIRST_ACTIONS = (1, 2)


@dataclass(frozen=True)
class AtariStep:
    """What one step of one game gave: `game_over` and `lives` are as the step left them, before anything was reset."""

    reward: float
    terminated: bool
    truncated: bool
    game_over: bool
    lives: int


class AtariGame:
    """An emulator with one game in it.

    The order of things is that of OpenAI Baselines' wrappers: idle frames, frame skip with pooling, life-long
    episodes, FIRE, preprocessing, stack.

    Attributes:
        observation: `(H, W, C)` uint8, what the agent sees now.
        picture: `(height, width, 3)` uint8, the same in full colour and size.
        observation_shape: `(H, W, C)`.
        first: whether it is the first of an episode.
        action_names: the names of the agent's actions.

    Args:
        game: one of `atari_games()`.
        options: how it is played.
        seed: 0 … 2³¹ − 1, of the emulator, the idle frames and the random frame skip.
    """

    def __init__(self, game: str, options: AtariOptions, seed: int):
        self.game, self.options = game, options
        self._emulator = _make_emulator(game, options, seed)
        self._actions = self._emulator.getLegalActionSet() if options.full_action_space else self._emulator.getMinimalActionSet()
        self.action_names = tuple(action.name for action in self._actions)
        self._random = np.random.default_rng(seed)
        self._fires = options.fire_reset and len(self._actions) > max(FIRST_ACTIONS) and self.action_names[FIRST_ACTIONS[0]] == "FIRE"
        self.picture = np.zeros((*self._emulator.getScreenDims(), 3), np.uint8)
        self._earlier = np.zeros_like(self.picture)
        self.observation_shape = options.preprocessing.observation_shape(self.picture.shape)
        self._start_episode(new_game=True)

    def step(self, action: int) -> AtariStep:
        """Take an action; where it ends the episode, the next one has started when this returns."""
        reward = self._skip(action)
        lives, game_over = self._emulator.lives(), self._emulator.game_over()
        lost_life = self.options.episodic_life and 0 < lives < self._lives
        self._lives = lives
        truncated = self._at_limit() and not game_over
        ended = game_over or lost_life or truncated
        if ended:
            self._start_episode(new_game=game_over or truncated)
        else:
            self.first = False
            self.observation = push_picture(self.observation, self._preprocessed(), self.options.preprocessing)
        return AtariStep(reward, ended and not truncated, truncated, game_over, lives)

    def _skip(self, action):
        skip = self.options.frame_skip
        repeats = skip if isinstance(skip, int) else int(self._random.integers(skip[0], skip[1] + 1))
        pool = self.options.max_pool and repeats > 1
        reward = 0.0
        for frame in range(repeats):
            reward += self._emulator.act(self._actions[action])
            if self._emulator.game_over() or self._at_limit():
                pool = False
                break
            if pool and frame == repeats - 2:
                self._emulator.getScreenRGB(self._earlier)
        self._emulator.getScreenRGB(self.picture)
        if pool:
            np.maximum(self.picture, self._earlier, out=self.picture)
        return reward

    def _at_limit(self):
        limit = self.options.frame_limit
        return limit is not None and self._emulator.getEpisodeFrameNumber() >= limit

    def _start_episode(self, new_game):
        if new_game:
            self._start_game()
        else:
            self._skip(0)
            self._start_game_if_over()
        if self._fires:
            for action in FIRST_ACTIONS:
                self._skip(action)
                self._start_game_if_over()
        self._lives = self._emulator.lives()
        self.first = True
        self.observation = start_stack(self._preprocessed(), self.options.preprocessing)

    def _start_game(self):
        self._emulator.reset_game()
        if self.options.noop_max:
            for _ in range(self._random.integers(1, self.options.noop_max + 1)):
                self._emulator.act(self._actions[0])
                if self._emulator.game_over():
                    self._emulator.reset_game()
        self._emulator.getScreenRGB(self.picture)

    def _start_game_if_over(self):
        if self._emulator.game_over() or self._at_limit():
            self._start_game()

    def _preprocessed(self):
        return preprocess(self.picture, self.options.preprocessing)

    def get_state(self) -> bytes:
        """Everything that determines the future, for `read_state`."""
        emulator = self._emulator.cloneState(include_rng=True).serialize()
        header = {"random": self._random.bit_generator.state, "lives": self._lives, "first": self.first, "emulator": len(emulator)}
        return seal_state(self.game, b"\n".join([json.dumps(header).encode(), emulator + self.picture.tobytes() + self.observation.tobytes()]))

    def read_state(self, sealed: bytes) -> tuple:
        """A state of this game with these options, checked and ready for `set_state`.

        Raises:
            EnvironmentFailure: if it is none, of another game or preprocessing, or damaged.
        """
        header, rest = open_state(self.game, sealed).split(b"\n", 1)
        header = json.loads(header)
        pictures = np.frombuffer(rest[header["emulator"] :], np.uint8)
        if pictures.size != self.picture.size + self.observation.size:
            raise EnvironmentFailure(f"the saved state of {self.game} is of another preprocessing than {self.options.preprocessing}")
        return header, ale_py.ALEState(rest[: header["emulator"]]), pictures

    def set_state(self, state: tuple) -> None:
        """Return to a state that `read_state` gave."""
        header, emulator, pictures = state
        self._emulator.restoreState(emulator)
        self._random.bit_generator.state = header["random"]
        self._lives, self.first = header["lives"], header["first"]
        self.picture[:] = pictures[: self.picture.size].reshape(self.picture.shape)
        self.observation = pictures[self.picture.size :].reshape(self.observation_shape).copy()


def atari_games() -> tuple[str, ...]:
    """The games that come with the emulator."""
    return tuple(sorted(roms.get_all_rom_ids()))


def _make_emulator(game, options, seed):
    # Before the first emulator exists, or it prints its name.
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    emulator = ale_py.ALEInterface()
    emulator.setInt("random_seed", seed)
    emulator.setFloat("repeat_action_probability", options.repeat_action_probability)
    emulator.loadROM(roms.get_rom_path(game))
    for name, value, known, choose in (
        ("mode", options.mode, emulator.getAvailableModes(), emulator.setMode),
        ("difficulty", options.difficulty, emulator.getAvailableDifficulties(), emulator.setDifficulty),
    ):
        if value is not None:
            if value not in known:
                raise EnvironmentFailure(f"{game} has no {name} {value}; there are {', '.join(map(str, known))}")
            choose(value)
    return emulator
