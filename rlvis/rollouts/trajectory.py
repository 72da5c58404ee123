"""What is kept of an agent's play."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from rlvis.errors import RolloutError
from rlvis.stages.digest import digest
from rlvis.stored_frames import Frames, StoredFrames

_NAMED_PARTS = ("states", "rows", "fixations")


@dataclass(frozen=True)
class Trajectory:
    """T consecutive steps of one environment; step t's observation is what the agent saw before it took action t.

    Attributes:
        observations: `(T, H, W, C)` uint8 (bool or floating point for environments that show such); these, states and
            frames may lie in a file.
        actions: `(T,)` int32, sampled from the policy.
        rewards: `(T,)` float32, earned by action t.
        firsts: `(T,)` bool, whether observation t is the first of an episode.
        dones: `(T,)` bool, whether the episode ended with step t.
        logits: `(T, A)` float32.
        values: `(T,)` float32.
        states: the memory fed with observation t, arrays `(T, …)` by name; empty for feed-forward networks.
        frames: `(T, H', W', 3)` uint8 human-resolution pictures, or `None`.
        seed: the seed of its environment.
        rows: further numbers of each step by label, `(T,)` and finite; they get rows on the timeline.
        fixations: where a person looked, `rows` and `columns` `(n,)` as fractions of the observation's height and width,
            step t's from number `starts[t]` to before `starts[t + 1]`, `starts` being `(T + 1,)`; empty if not known.
    """

    observations: Frames
    actions: np.ndarray
    rewards: np.ndarray
    firsts: np.ndarray
    dones: np.ndarray
    logits: np.ndarray
    values: np.ndarray
    states: dict[str, Frames] = field(default_factory=dict)
    frames: Frames | None = None
    seed: int = 0
    rows: dict[str, np.ndarray] = field(default_factory=dict)
    fixations: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        length = len(self.observations)
        if length == 0:
            raise RolloutError("a trajectory has no steps; record at least one")
        for name in ("actions", "rewards", "firsts", "dones", "logits", "values"):
            if len(getattr(self, name)) != length:
                raise RolloutError(f"a trajectory has {length} observations but {len(getattr(self, name))} {name}")
        if self.logits.ndim != 2 or self.observations.ndim != 4:
            raise RolloutError(f"a trajectory's observations must be (T, H, W, C) and logits (T, A); found {self.observations.shape} and {self.logits.shape}")

    def __len__(self):
        return len(self.observations)

    @cached_property
    def digest(self) -> str:
        """A digest of what the agent saw: observations, and the memory fed with them."""
        return digest([self.observations, self.states])

    @property
    def state(self) -> Any:
        """The memory fed with all observations, parts `(T, …)` still in their file if they are in one; `None` if feed-forward."""
        return unflatten_state(self.states)

    def state_at(self, steps) -> Any:
        """The memory fed with the given steps' observations, as the network takes it; `None` if feed-forward."""
        return unflatten_state({name: array[steps] for name, array in self.states.items()})

    def without_player(self) -> "Trajectory":
        """What there was to see and what happened, without what belongs to who played: memory, further rows and fixations, and pictures for people."""
        return replace(self, states={}, frames=None, rows={}, fixations={})

    def to_arrays(self, prefix: str = "") -> dict[str, Frames]:
        """All of it as named arrays, for storage."""
        arrays = {f"{prefix}{item.name}": _as_array(getattr(self, item.name)) for item in fields(self) if item.name not in (*_NAMED_PARTS, "frames")}
        arrays |= {f"{prefix}{part}/{name}": array for part in _NAMED_PARTS for name, array in getattr(self, part).items()}
        return arrays if self.frames is None else {**arrays, f"{prefix}frames": self.frames}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Frames], prefix: str = "") -> "Trajectory":
        """The inverse of `to_arrays`; raises `KeyError` where something is missing."""
        values = {name: arrays[prefix + name] for name in ("observations", "actions", "rewards", "firsts", "dones", "logits", "values")}
        return cls(**values, states=_under(arrays, f"{prefix}states/"), frames=arrays.get(f"{prefix}frames"), seed=int(arrays[f"{prefix}seed"]), **{part: _under(arrays, f"{prefix}{part}/") for part in ("rows", "fixations")})


@dataclass(frozen=True)
class ExampleObservations:
    """A large, varied batch of observations, from which features are found and shown.

    Attributes:
        observations: `(N, H, W, C)`; these and the states may lie in a file.
        states: the memory fed with each, arrays `(N, …)` by name; empty for feed-forward networks.
    """

    observations: Frames
    states: dict[str, Frames] = field(default_factory=dict)

    def __len__(self):
        return len(self.observations)

    @cached_property
    def digest(self) -> str:
        """A digest of all of it."""
        return digest(self.to_arrays())

    @property
    def state(self) -> Any:
        """The memory fed with all observations, parts `(N, …)` still in their file if they are in one; `None` if feed-forward."""
        return unflatten_state(self.states)

    def to_arrays(self, prefix: str = "") -> dict[str, Frames]:
        """All of it as named arrays, for storage."""
        return {f"{prefix}observations": self.observations, **{f"{prefix}states/{name}": array for name, array in self.states.items()}}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Frames], prefix: str = "") -> "ExampleObservations":
        """The inverse of `to_arrays`."""
        return cls(arrays[f"{prefix}observations"], _under(arrays, f"{prefix}states/"))


def is_large(name: str, size: int, limit: float) -> bool:
    """Whether a part of a trajectory, or of example observations, is to lie in a file.

    Args:
        name: as `to_arrays` gives it, without a prefix.
        size: its bytes.
        limit: bytes that each part may take in memory.
    """
    return size > limit and (name in ("observations", "frames") or name.startswith("states/"))


def _as_array(value):
    return value if isinstance(value, StoredFrames) else np.asarray(value)


def _under(arrays, prefix):
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}


def flatten_state(state) -> dict[str, np.ndarray]:
    """A network's memory, nested dictionaries of arrays, as arrays by path ("lstm/h")."""
    if state is None:
        return {}
    flat = {}
    for key, value in state.items():
        if isinstance(value, dict):
            flat |= {f"{key}/{path}": array for path, array in flatten_state(value).items()}
        else:
            flat[key] = np.asarray(value)
    return flat


def unflatten_state(flat):
    """The inverse of `flatten_state`; `None` for no arrays."""
    state: dict[str, Any] = {}
    for path, array in flat.items():
        *parents, last = path.split("/")
        place = state
        for part in parents:
            place = place.setdefault(part, {})
        place[last] = array
    return state or None
