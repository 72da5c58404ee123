"""The activations at a run's layers, which are asked for layer by layer, and more than once."""

from collections.abc import Sequence

import jax
import numpy as np

from rlvis.attribution.frames import BatchMethod, record_program
from rlvis.memory_budget import memory_budget
from rlvis.networks.network import network_inputs
from rlvis.networks.taps import TapDescription
from rlvis.options import RunOptions
from rlvis.stages.digest import digest


class LayerActivations:
    """Activations of batches of frames: where all fit into memory, one pass of a batch serves every layer; otherwise each makes its own. Either gives the same bits.

    Args:
        checkpoint, options: the agent and the run.
        taps: the layers.
        frames: how many frames there are, those of all ranks together.
    """

    def __init__(self, checkpoint, options: RunOptions, taps: Sequence[TapDescription], frames: int):
        self._network, self._parameters = checkpoint.network, jax.device_put(checkpoint.parameters)
        size = 4 * frames * sum(int(np.prod(tap.shape)) for tap in taps)
        # An accelerator computes them sooner than they are found again.
        kept = len(taps) > 1 and jax.default_backend() == "cpu" and size <= memory_budget(options.memory_budget).activations
        self._together = tuple(tap.name for tap in taps) if kept else ()
        self._kept = {}

    def at(self, tap: str) -> BatchMethod:
        """A batch method that gives the activations at a tap, `(B, h, w, c)`."""
        program = self._program(tap)

        def method(observations, state):
            if not self._together:
                return program(self._parameters, observations, state)[tap]
            batch = digest([observations, jax.tree.leaves(state)])
            if batch not in self._kept:
                self._kept[batch] = program(self._parameters, observations, state)
            return self._kept[batch][tap]

        return method

    def compile(self, tap: str, batch_size: int) -> None:
        """Compile what `at` calls, for batches of that many frames and JAX's default device."""
        self._program(tap).compile(self._parameters, *network_inputs(self._network, batch_size))

    def _program(self, tap):
        return record_program(self._network, self._together or (tap,))
