"""Saliency of many frames that follow one another."""

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.attribution.frames import map_frames
from rlvis.attribution.targets import Target
from rlvis.networks import Network
from rlvis.parallel.batches import default_batch_size, worker_count
from rlvis.saliency.method import SaliencyMethod


def map_trajectory(method: SaliencyMethod, network: Network, parameters, observations: np.ndarray, targets: Sequence[Target], state=None, options: Any = None, batch_size: int | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """Explain every frame of a trajectory, a batch at a time.

    Args:
        method: how.
        network, parameters: the network.
        observations: `(T, H, W, C)` as the environment showed them, in order.
        targets: what to explain.
        state: the memory fed with each, a pytree with leading axis T.
        options: the method's; defaults if `None`.
        batch_size: frames at a time, fewer if the method wants fewer; 8 on a CPU and 32 on an accelerator if `None`.

    Yields:
        `(frames, maps)`, maps `(targets, frames, h, w)`.
    """
    options = method.options() if options is None else options
    if getattr(options, "compat_stale_memory", False):
        state = stale_memory(state)

    # Once, not for every batch.
    parameters = jax.tree.map(jnp.asarray, parameters)

    def explain(batch, batch_state):
        return method.maps(network, parameters, batch, targets, batch_state, options)

    batch_size = batch_size or default_batch_size(8, 32)
    if method.most_frames is not None and jax.default_backend() == "cpu":
        # One by one where there are not enough of them to keep every core busy with more.
        batch_size = min(batch_size, method.most_frames if len(observations) >= method.most_frames * worker_count() else 1)
    for frames, maps in map_frames(explain, observations, state, batch_size):
        yield frames, maps[:, : frames.stop - frames.start]


def stale_memory(state):
    """Each frame's memory replaced by that of the frame before; the first gets the last's, as the published code does."""
    return jax.tree.map(lambda part: np.roll(part, 1, axis=0), state)
