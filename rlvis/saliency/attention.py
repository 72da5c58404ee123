"""A network's own attention over positions, where it has such."""

import numpy as np

from rlvis.errors import NetworkError
from rlvis.saliency.method import NoOptions, SaliencyMethod
from rlvis.saliency.perturbed_outputs import initial_state


def attention(network, parameters, observations, state, targets, options: NoOptions) -> np.ndarray:
    """`Outputs.attention`, the same for every target.

    Raises:
        NetworkError: if the network has none.
    """
    maps = network(parameters, observations, initial_state(network, observations, state)).attention
    if maps is None:
        raise NetworkError(f"network {network.name!r} has no attention to show; use another saliency method")
    return np.repeat(np.asarray(maps)[None], len(targets), axis=0)


ATTENTION = SaliencyMethod("attention", "attention", attention)
