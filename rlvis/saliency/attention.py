"""A network's own attention over positions, where it has such."""

from functools import lru_cache

import jax
import numpy as np

from rlvis.attribution.receptive_field import over_pixels
from rlvis.errors import NetworkError
from rlvis.saliency.method import NoOptions, SaliencyMethod
from rlvis.saliency.perturbed_outputs import initial_state


def attention(network, parameters, observations, state, targets, options: NoOptions) -> np.ndarray:
    """`Outputs.attention`, the same for every target: every pixel gets that of all positions that see it (`over_pixels`).

    Raises:
        NetworkError: if the network has none.
    """
    maps = _compiled(network)(parameters, observations, initial_state(network, observations, state))
    if maps is None:
        raise NetworkError(f"network {network.name!r} has no attention to show; use another saliency method")
    return np.repeat(over_pixels(network, np.asarray(maps))[None], len(targets), axis=0)


@lru_cache(maxsize=16)
def _compiled(network):
    # What the attention does not depend on is not computed.
    return jax.jit(lambda parameters, observations, state: network(parameters, observations, state).attention)


ATTENTION = SaliencyMethod("attention", "attention", attention)
