"""Observations that hold the latest few pictures."""

from dataclasses import replace

import numpy as np

from rlvis.environments.checks import checked_number
from rlvis.environments.vector import Moment, VectorEnvironment
from rlvis.errors import EnvironmentFailure

MOST_FRAMES = 256


class FrameStackEnvironment(VectorEnvironment):
    """An environment whose observations hold the K latest pictures in their channels, newest last.

    What lies before an episode's start is 0, as in OpenAI Baselines' VecFrameStack.

    Args:
        environment: the environment of single pictures `(H, W, C)`; closed with this one.
        frame_stack: K; observations are `(H, W, K·C)`.
    """

    def __init__(self, environment: VectorEnvironment, frame_stack: int):
        self._environment = environment
        count = checked_number("frame_stack", frame_stack, 1, MOST_FRAMES)
        height, width, self._channels = environment.observation_shape
        self.num_envs, self.num_actions, self.action_names = environment.num_envs, environment.num_actions, environment.action_names
        self.observation_shape = height, width, count * self._channels
        self.supports_state, self.notes = environment.supports_state, environment.notes
        moment = environment.observe()
        self._stack = np.zeros((self.num_envs, *self.observation_shape), moment.observations.dtype)
        self._push(moment)

    def _push(self, moment) -> None:
        self._stack[moment.firsts] = 0
        self._stack = np.concatenate([self._stack[..., self._channels :], moment.observations], -1)

    def _stacked(self, moment) -> Moment:
        return replace(moment, observations=self._stack.copy())

    def observe(self) -> Moment:
        return self._stacked(self._environment.observe())

    def step(self, actions):
        transition = self._environment.step(actions)
        self._push(transition.next)
        return replace(transition, next=self._stacked(transition.next))

    def get_state(self) -> list[bytes]:
        return [stack.tobytes() + state for stack, state in zip(self._stack, self._environment.get_state(), strict=True)]

    def set_state(self, states) -> None:
        size = self._stack[0].nbytes
        if any(not isinstance(state, bytes) or len(state) <= size for state in states):
            raise EnvironmentFailure("this is no saved state of an environment with stacked frames")
        self._environment.set_state([state[size:] for state in states])
        self._stack = np.stack([np.frombuffer(state[:size], self._stack.dtype).reshape(self.observation_shape) for state in states])

    def close(self) -> None:
        self._environment.close()


def stack_frames(environment: VectorEnvironment, frame_stack: int) -> VectorEnvironment:
    """The environment with its K latest pictures stacked; itself if K is 1.

    Raises:
        EnvironmentFailure: if K is no number of pictures; the environment is closed then.
    """
    try:
        return environment if checked_number("frame_stack", frame_stack, 1, MOST_FRAMES) == 1 else FrameStackEnvironment(environment, frame_stack)
    except EnvironmentFailure:
        environment.close()
        raise
