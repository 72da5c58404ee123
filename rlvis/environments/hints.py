"""Pictures with a hint: a row of small marks, one for each action, of which the hinted one is bright.

An agent that is always shown an expert's action learns to read the marks; saliency should find them.
"""

import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from rlvis.environments.vector import Moment, VectorEnvironment
from rlvis.errors import EnvironmentFailure

# Where the marks are in a picture of 210 × 160, as Greydanus et al. have them.
HEIGHT, WIDTH, ROWS, FIRST_COLUMN, SPACING = 210, 160, (37, 41), 72, 5
BRIGHT, DARK = 250, 50


class Hints(Protocol):
    """Who chooses the hints."""

    def choose(self, moment: Moment) -> np.ndarray:
        """The hinted action for each environment, `(N,)`; called once for every moment, in order."""

    def get_state(self) -> list[bytes]:
        """What the next choices depend on beside what is seen, one byte string an environment."""

    def set_state(self, states: Sequence[bytes]) -> None:
        """Go on from what `get_state` gave."""


class RandomHints:
    """Any action as likely as any other, whatever is seen: the control condition."""

    def __init__(self, num_envs: int, num_actions: int, seed: int):
        self._actions, self._seed = num_actions, seed
        self._clocks = np.zeros(num_envs, np.int64)

    def choose(self, moment: Moment) -> np.ndarray:
        # A draw of its own for each environment and step, so that the clock is the whole state.
        draws = [np.random.default_rng([self._seed, number, clock]).integers(self._actions) for number, clock in enumerate(self._clocks)]
        self._clocks += 1
        return np.array(draws)

    def get_state(self) -> list[bytes]:
        return [struct.pack("<q", clock) for clock in self._clocks]

    def set_state(self, states: Sequence[bytes]) -> None:
        self._clocks = np.array([struct.unpack("<q", state)[0] for state in states])


def hint_columns(width: int, num_actions: int) -> tuple[np.ndarray, int]:
    """First columns `(A,)` of the marks, and how many columns each has.

    In a picture 160 wide the marks are one column wide, at 72 + 5 k for action k; elsewhere in proportion, with at least one dark column
    between them, further to the left if they would not fit.

    Raises:
        EnvironmentFailure: if a picture is too narrow.
    """
    thickness = max(1, round(width / WIDTH))
    spacing = max(thickness + 1, round(SPACING * width / WIDTH))
    needed = spacing * (num_actions - 1) + thickness
    if needed > width:
        raise EnvironmentFailure(f"pictures {width} wide have no room for hints of {num_actions} actions, which take {needed} columns")
    return min(round(FIRST_COLUMN * width / WIDTH), width - needed) + spacing * np.arange(num_actions), thickness


def hint_box(height: int, width: int, num_actions: int) -> tuple[slice, slice]:
    """Rows and columns of the rectangle that holds all marks."""
    columns, thickness = hint_columns(width, num_actions)
    first, last = ROWS[0] * height // HEIGHT, -(-ROWS[1] * height // HEIGHT)
    return slice(first, last), slice(int(columns[0]), int(columns[-1]) + thickness)


def draw_hints(pictures: np.ndarray, hints: np.ndarray, num_actions: int) -> None:
    """Draw into pictures `(N, H, W, C)` the marks of hints `(N,)`; none where a hint is negative."""
    rows, _ = hint_box(*pictures.shape[1:3], num_actions)
    columns, thickness = hint_columns(pictures.shape[2], num_actions)
    for picture, hint in zip(pictures, hints, strict=True):
        if hint < 0:
            continue
        for action, column in enumerate(columns):
            picture[rows, column : column + thickness] = BRIGHT if action == hint else DARK


class HintEnvironment(VectorEnvironment):
    """An environment in whose pictures there is a hint of what to do; `infos["hint"]` is the one in the next moment, `(N,)`.

    Args:
        environment: what is played, with uint8 observations; closed with this one.
        hints: who chooses them, from the pictures without hints.
        frame_stack: how many frames an observation has; each keeps the hint that it was shown with.

    Raises:
        EnvironmentFailure: for pictures that have no room for hints, or are not uint8.

    Source: Greydanus et al. 2018, section 4.3, and their published code.
    """

    def __init__(self, environment: VectorEnvironment, hints: Hints, frame_stack: int = 1):
        self._environment, self._hints, self._stack = environment, hints, frame_stack
        self.num_envs, self.num_actions, self.action_names = environment.num_envs, environment.num_actions, environment.action_names
        self.observation_shape, self.supports_state, self.notes = environment.observation_shape, environment.supports_state, environment.notes
        moment = environment.observe()
        if moment.observations.dtype != np.uint8:
            raise EnvironmentFailure(f"hints are drawn with levels from 0 to 255; the observations are {moment.observations.dtype}")
        if self.observation_shape[-1] % frame_stack:
            raise EnvironmentFailure(f"observations of {self.observation_shape[-1]} channels cannot be a stack of {frame_stack} frames")
        hint_columns(self.observation_shape[1], self.num_actions)
        self._shown = np.full((self.num_envs, frame_stack), -1, np.int32)
        self._moment = self._hinted(moment)

    def _hinted(self, moment: Moment) -> Moment:
        """The moment with its hints; it must be the next one."""
        self._shown[moment.firsts] = -1
        self._shown = np.concatenate([self._shown[:, 1:], self._hints.choose(moment)[:, None].astype(np.int32)], axis=1)
        return self._drawn(moment)

    def _drawn(self, moment: Moment) -> Moment:
        observations = moment.observations.copy()
        channels = observations.shape[-1] // self._stack
        for frame in range(self._stack):
            draw_hints(observations[..., frame * channels : (frame + 1) * channels], self._shown[:, frame], self.num_actions)
        frames = moment.frames
        if frames is not None:
            frames = frames.copy()
            draw_hints(frames, self._shown[:, -1], self.num_actions)
        return replace(moment, observations=observations, frames=frames)

    def observe(self) -> Moment:
        return self._moment

    def step(self, actions):
        transition = self._environment.step(actions)
        self._moment = self._hinted(transition.next)
        return replace(transition, next=self._moment, infos={**transition.infos, "hint": self._shown[:, -1].copy()})

    def get_state(self) -> list[bytes]:
        parts = zip(self._shown, self._hints.get_state(), self._environment.get_state(), strict=True)
        return [shown.tobytes() + struct.pack("<q", len(own)) + own + state for shown, own, state in parts]

    def set_state(self, states: list[bytes]) -> None:
        own, inner, shown = [], [], []
        begin = self._shown[0].nbytes + 8
        for state in states:
            length = struct.unpack("<q", state[begin - 8 : begin])[0] if isinstance(state, bytes) and len(state) > begin else -1
            if not 0 <= length < len(state) - begin:
                raise EnvironmentFailure("this is no saved state of an environment with hints")
            shown.append(np.frombuffer(state[: begin - 8], np.int32))
            own.append(state[begin : begin + length])
            inner.append(state[begin + length :])
        self._environment.set_state(inner)
        self._hints.set_state(own)
        self._shown = np.stack(shown)
        self._moment = self._drawn(self._environment.observe())

    def close(self) -> None:
        self._environment.close()
