"""What all benchmarks work on: an agent, frames of its play, and the interface of the reference's workload."""

import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import jax
import numpy as np

from benchmarks.reference_workload import Workload, run_workload
from rlvis.attribution.frames import activations_at
from rlvis.checkpoints import load
from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.networks.bottlenecks import select_taps
from rlvis.networks.observations import normalize_observations
from rlvis.rollouts.collect import collect_examples

BATCH = 32


class MissingPeer(Exception):
    """Something a benchmark needs is not installed; the message names it."""


@dataclass
class Setting:
    """An agent to measure with.

    Attributes:
        path: of its checkpoint.
        quick: fewer frames and one repeat: shows that everything runs, its numbers are rough.
        repeats: of each timed contender.
    """

    path: str
    quick: bool = False
    repeats: int = 3
    _folder: tempfile.TemporaryDirectory = field(default_factory=lambda: tempfile.TemporaryDirectory(prefix="rlvis-benchmarks-"))

    @property
    def folder(self) -> Path:
        """A directory that is gone in the end."""
        return Path(self._folder.name)

    def close(self) -> None:
        """Delete what was written."""
        self._folder.cleanup()

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The agent."""
        return load(self.path)

    @cached_property
    def taps(self) -> tuple[str, ...]:
        """The layers that `rlvis run` would show."""
        return tuple(tap.name for tap in select_taps(self.checkpoint.network, self.checkpoint.parameters))

    @cached_property
    def frames(self) -> np.ndarray:
        """Frames of its play as the network takes them, `(N, H, W, C)` float32; N is a multiple of `BATCH`."""
        kept = BATCH // 8 if self.quick else 2 * BATCH // 8
        played = collect_examples(self.checkpoint, 8, kept, 8, seed=0)
        return np.asarray(normalize_observations(played.observations))

    def batches(self, tap: str) -> list[tuple[jax.Array, jax.Array]]:
        """`(observations, activations at the tap)` of batches of the frames."""
        activations_of = activations_at(self.checkpoint.network, self.checkpoint.parameters, tap)
        parts = [jax.numpy.asarray(self.frames[start : start + BATCH]) for start in range(0, len(self.frames), BATCH)]
        return [(part, jax.block_until_ready(activations_of(part, None))) for part in parts]

    @cached_property
    def workload(self) -> Workload:
        """The reference's workload, run once in a process of its own; its interface stays until the end."""
        return run_workload(self.path, self.folder / "one" / "interface", "right", 10, quick=self.quick)
