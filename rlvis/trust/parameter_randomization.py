"""Do maps depend on what was learned? Layers are randomized from the outputs down, and maps compared with the true ones."""

from collections.abc import Callable, Iterator

import numpy as np

from rlvis.networks import Network
from rlvis.networks.stack_description import StackDescription
from rlvis.networks.stack_shapes import parameter_shapes
from rlvis.trust.rank_correlation import rank_correlation

HEADS = ("policy", "value")


def layers_from_the_top(network: Network, parameters) -> tuple[tuple[str, ...], ...]:
    """Groups of layers from the outputs to the observation; the heads are one group, and so is a layer with its normalization."""
    described = network.description is not None and network.description.get("architecture") == "stack"
    names = list(parameter_shapes(StackDescription.from_json(network.description))) if described else list(parameters)
    heads = tuple(name for name in names if name in HEADS)
    below = [name for name in reversed(names) if name not in HEADS and not name.endswith(".normalization")]
    together = [tuple(part for part in (name, f"{name}.normalization") if part in names) for name in below]
    return ((heads,) if heads else ()) + tuple(together)


def randomized(parameters, layers, seed: int = 0) -> dict:
    """Parameters with every array of some layers shuffled: its distribution stays, what was learned is gone."""
    generator = np.random.default_rng(seed)
    shuffled = {name: {part: generator.permuted(np.asarray(array).ravel()).reshape(array.shape) for part, array in parameters[name].items()} for name in layers}
    return {**parameters, **shuffled}


def randomization_curve(network: Network, parameters, explain: Callable[[dict], np.ndarray], seed: int = 0) -> Iterator[tuple[str, np.ndarray]]:
    """How similar maps stay as layer after layer is randomized, from the outputs down.

    Args:
        network, parameters: the network.
        explain: from parameters to maps `(N, h, w)`; magnitudes are compared.
        seed: of the randomization.

    Yields:
        For each group of layers its name, and Spearman's ρ between the true maps and those with it and all layers above
        randomized, `(N,)`; NaN where a map is constant.

    Source: Adebayo et al. 2018, "Cascading randomization", section 3.1.
    """
    true, current = np.abs(explain(parameters)), parameters
    for number, layers in enumerate(layers_from_the_top(network, parameters)):
        current = randomized(current, layers, seed + number)
        yield " and ".join(layers), rank_correlation(true, np.abs(explain(current)))
