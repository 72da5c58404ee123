"""What every environment looks like to the rest of rlvis: N of them, stepped together."""

import abc
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rlvis.errors import EnvironmentFailure


@dataclass(frozen=True)
class Moment:
    """What the agents see now, before they act.

    Attributes:
        observations: `(N, H, W, C)`, uint8 for games (bool or floating point for environments that show such); never changed afterwards.
        firsts: `(N,)` bool, this observation is the first of an episode.
        frames: `(N, H', W', 3)` uint8 human-resolution pictures, where asked for.
    """

    observations: np.ndarray
    firsts: np.ndarray
    frames: np.ndarray | None = None


@dataclass(frozen=True)
class Transition:
    """What happened in one step, and what comes next.

    Attributes:
        rewards: `(N,)` float32, earned by this step.
        terminated: `(N,)` bool, the episode ended in this step.
        truncated: `(N,)` bool, a time limit cut the episode in this step.
        next: the moment after it. Where an episode ended it already shows the new one (`next.firsts` is True there): there is never an idle step in between.
        infos: further arrays `(N, …)` by name, as documented by each environment.
    """

    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    next: Moment
    infos: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def dones(self) -> np.ndarray:
        """`(N,)` bool, the episode is over for either reason."""
        return self.terminated | self.truncated


class VectorEnvironment(abc.ABC):
    """N environments of one kind, stepped together.

    Attributes:
        num_envs: N.
        observation_shape: `(H, W, C)`.
        num_actions: A; actions are 0 … A−1.
        action_names: A names.
        supports_state: whether `get_state` and `set_state` work.
        notes: sentences that a reader of the results should know, such as a substituted game.
    """

    num_envs: int
    observation_shape: tuple[int, int, int]
    num_actions: int
    action_names: tuple[str, ...]
    supports_state: bool = False
    notes: tuple[str, ...] = ()

    @abc.abstractmethod
    def observe(self) -> Moment:
        """The current moment; asking again gives the same."""

    @abc.abstractmethod
    def step(self, actions: np.ndarray) -> Transition:
        """Take one action `(N,)` in each environment."""

    @abc.abstractmethod
    def close(self) -> None:
        """Free the emulators; harmless if repeated."""

    def get_state(self) -> list[bytes]:
        """Everything that determines the future of each environment, as N byte strings for `set_state`."""
        raise EnvironmentFailure(f"{type(self).__name__} cannot save its state")

    def set_state(self, states: list[bytes]) -> None:
        """Return to the states that `get_state` gave."""
        raise EnvironmentFailure(f"{type(self).__name__} cannot restore a state")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def available_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
