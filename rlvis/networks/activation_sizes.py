"""How much memory a network's activations take."""

from collections.abc import Mapping
from functools import lru_cache

import jax
import numpy as np

from rlvis.networks.network import Network
from rlvis.networks.taps import list_taps


def tap_sizes(network: Network, parameters) -> Mapping[str, int]:
    """Numbers in the activations at each tap, for one observation."""
    leaves, structure = jax.tree.flatten(parameters)
    return _cached_tap_sizes(network, structure, tuple((np.shape(leaf), np.dtype(leaf.dtype)) for leaf in leaves))


@lru_cache(maxsize=64)
def _cached_tap_sizes(network, structure, leaves):
    taps = list_taps(network, jax.tree.unflatten(structure, [jax.ShapeDtypeStruct(*leaf) for leaf in leaves]))
    return {tap.name: int(np.prod(tap.shape)) for tap in taps}


def activation_bytes(network: Network, parameters) -> int:
    """Bytes of one picture and its largest activations."""
    return 4 * (int(np.prod(network.observation_shape)) + max(tap_sizes(network, parameters).values(), default=0))
