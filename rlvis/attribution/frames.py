"""Attribution of many frames: batches of one size, on every core or device, results in order."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import jax
import numpy as np

from rlvis.networks import Network, record
from rlvis.networks.observations import normalize_observations
from rlvis.parallel.batches import padded_chunks, run_batches
from rlvis.parallel.programs import Program

BatchMethod = Callable[[jax.Array, Any], Any]


def map_frames(method: BatchMethod, observations: np.ndarray, state=None, batch_size: int = 32, share: tuple[int, int] = (0, 1), workers: int | None = None, treat: Callable[[slice, Any], Any] | None = None) -> Iterator[tuple[slice, Any]]:
    """`method(observations, state)` over batches of frames.

    The last batch is filled up by repeating its last frame, so that every batch runs the same compiled program and a
    frame's result does not depend on how many frames there are.

    Args:
        method: takes normalised observations `(B, H, W, C)` and the memory fed with them; called from several threads.
        observations: `(N, H, W, C)` as the environment showed them.
        state: the memory fed with them, a pytree with leading axis N, or `None`.
        batch_size: B.
        share: `(rank, size)`: treat only every `size`-th batch, from number `rank` on.
        workers: batches at a time; `worker_count()` if `None`.
        treat: called as `treat(frames, result)` by the thread that has the result; what it returns is the result then.

    Yields:
        `(frames, result)`; the result's surplus rows are the method's to cut (`len` of the slice says how many count).
    """
    def batch(chunk):
        frames, missing = chunk
        indices = np.append(np.arange(frames.start, frames.stop), np.full(missing, frames.stop - 1))
        result = method(normalize_observations(observations[indices]), jax.tree.map(lambda part: part[indices], state))
        return frames, result if treat is None else treat(frames, result)

    return run_batches(batch, islice(padded_chunks(len(observations), batch_size), share[0], None, share[1]), workers)


def activations_at(network: Network, parameters, tap: str) -> BatchMethod:
    """A batch method that gives the activations at a tap, `(B, h, w, c)`; nothing behind the tap is computed."""
    program = record_program(network, (tap,))
    return lambda observations, state: program(parameters, observations, state)[tap]


@lru_cache(maxsize=64)
def record_program(network: Network, taps: tuple[str, ...]) -> Program:
    """From parameters, observations and memory to the activations at taps by name; nothing behind the last of them is computed."""
    return Program(lambda parameters, observations, state: record(network, parameters, observations, state, taps)[1])
