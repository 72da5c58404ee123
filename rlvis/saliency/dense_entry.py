"""The dense layer behind the last activations that have positions, fed with nothing but what masks change.

`W x' = W x + W (x' − x)`, and the difference is zero outside the places that a mask's change has reached.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.networks import Network
from rlvis.networks.stack_description import Dense, Recurrence, StackDescription
from rlvis.saliency.mask_groups import MaskGroup, spatial_layers
from rlvis.saliency.mask_classes import classes_of_place
from rlvis.saliency.window_legs import Pair

# Masks are told apart by where their changes are along each axis; each pair of such classes is a matrix product of its own.
CLASSES = 3
# Changes are put together where they leave less than this share of the product: that takes time, too.
WORTHWHILE = 0.7


class Part(NamedTuple):
    """Masks whose changes are all in some rows and columns `(start, stop)`."""

    indices: np.ndarray
    rows: Pair
    columns: Pair


def entry_kernel(network: Network) -> tuple[str, str] | None:
    """The layer that reads the last of `spatial_layers`, and its parameter; `None` where that is no dense or recurrent layer."""
    if not spatial_layers(network):
        return None
    following = StackDescription.from_json(network.description).trunk[len(spatial_layers(network)) :]
    if not following or not isinstance(following[0], (Dense, Recurrence)):
        return None
    return following[0].name, "kernel" if isinstance(following[0], Dense) else "input_kernel"


@lru_cache(maxsize=8)
def parts_of(groups: tuple[MaskGroup, ...]) -> tuple[Part, ...]:
    """All masks of some groups, by where their changes are; none where that is nearly everywhere, or not known."""
    if any(group.reached is None for group in groups):
        return ()
    order = np.argsort(np.concatenate([group.indices for group in groups]))
    reached = np.concatenate([group.reached for group in groups])[order]
    parts = []
    for pair in product(*(classes_of_place(tuple(reached[:, axis].T), CLASSES) for axis in (0, 1))):
        indices = np.intersect1d(*pair)
        if len(indices):
            parts.append(Part(indices, *((int(reached[indices, axis, 0].min()), int(reached[indices, axis, 1].max())) for axis in (0, 1))))
    height, width = reached[:, :, 1].max(axis=0)
    left = sum(len(part.indices) * np.ptp(part.rows) * np.ptp(part.columns) for part in parts)
    return tuple(parts) if left < WORTHWHILE * len(reached) * height * width else ()


def changed_products(kernel, unperturbed, features, parts: Sequence[tuple[jax.Array, Pair, Pair]]):
    """`W x'` for F frames, mask by mask in the order of the parts.

    Args:
        kernel: W, `(h · w · c, D)`.
        unperturbed: x, `(F, h, w, c)`.
        features: x', `(F, K, h, w, c)`.
        parts: masks, as places among the K, with the rows and columns that they change.

    Returns:
        `(F, K', D)`.
    """
    frames, height, width, channels = unperturbed.shape
    by_place = kernel.reshape(height, width, channels, -1)
    changes = []
    for places, rows, columns in parts:
        where = slice(*rows), slice(*columns)
        change = features[:, :, *where][:, places] - unperturbed[:, None, *where]
        changes.append(change.reshape(frames, len(places), -1) @ by_place[where].reshape(-1, by_place.shape[-1]))
    return (unperturbed.reshape(frames, -1) @ kernel)[:, None] + jnp.concatenate(changes, axis=1)
