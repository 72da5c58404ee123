"""Compiled programs that several threads share."""

import threading
from collections.abc import Callable

import jax
import numpy as np

from rlvis.parallel.batches import jit_for_one_core


class Program:
    """A function of arrays, compiled once for each shape of its arguments: when it is first called, or before.

    `jax.jit` alone compiles twice where two threads call it first at the same time.

    Args:
        function: a pure function.
        one_core: whether it is one for `run_batches` (see `jit_for_one_core`).

    Attributes:
        jitted: the function for who knows that it was compiled: it does not look, which takes longer than to call a small one.
    """

    def __init__(self, function: Callable, one_core: bool = True):
        self.jitted = jit_for_one_core(function) if one_core else jax.jit(function)
        self._compiled, self._compiling = set(), threading.Lock()

    def __call__(self, *arguments):
        self.compile(*arguments)
        return self.jitted(*arguments)

    def compile(self, *arguments) -> None:
        """Make sure that the program for such arguments, or `jax.ShapeDtypeStruct`s in their place, is compiled for JAX's default device."""
        described = jax.config.jax_default_device, *((np.shape(leaf), np.dtype(leaf.dtype)) for leaf in jax.tree.leaves(arguments))
        if described not in self._compiled:
            with self._compiling:
                if described not in self._compiled:
                    self.jitted.lower(*arguments).compile()
                    self._compiled.add(described)

    def traced(self, *arguments):
        """What it does with such arguments, as JAX traces it: a `jax.core.Jaxpr`."""
        return self.jitted.trace(*arguments).jaxpr.jaxpr
