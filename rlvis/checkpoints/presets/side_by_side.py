"""Two trunks of the same shape as one that has them side by side.

Some agents see through one trunk for the policy and another for the value. As one trunk, whose channels are the first
one's and then the second's, with zeros where one would read the other, the outputs are the same, and every layer is
one through which all of the agent's outputs pass.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace

import numpy as np

from rlvis.checkpoints.presets.tensor_names import shape_of
from rlvis.errors import CheckpointError
from rlvis.networks.stack import Layer

SIDE_BY_SIDE_NOTE = (
    "The policy and the value of this agent have trunks of their own. Here they are one trunk of twice as many channels: the first half of each layer serves the policy, the second half the value."
)
Transforms = dict[tuple[str, str], Callable]


def doubled(trunk: Iterable[Layer]) -> tuple[Layer, ...]:
    """The layers with twice as many features."""
    return tuple(replace(layer, features=2 * layer.features) if "features" in {field.name for field in fields(layer)} else layer for layer in trunk)


def side_by_side(tensors: Mapping, layers: Mapping[str, str], second: Callable[[str], str]) -> Transforms:
    """How the kernels and biases of the first trunk become those of both.

    Args:
        tensors: of the file, in PyTorch's layout.
        layers: by layer, in order, what its tensors' names start with in the first trunk.
        second: from there to the same in the second trunk.

    Raises:
        CheckpointError: if a kernel of the second trunk has another shape than the first's.
    """
    transforms = {}
    for number, (layer, prefix) in enumerate(layers.items()):
        kernels = [f"{name}.weight" for name in (prefix, second(prefix))]
        dimensions = len(tensors[kernels[0]].shape) if kernels[0] in tensors else 0
        shapes = [shape_of(tensors, kernel, dimensions) for kernel in kernels]
        biases = [shape_of(tensors, f"{name}.bias", 1) for name in (prefix, second(prefix))]
        if shapes[0] != shapes[1] or biases[0] != biases[1]:
            raise CheckpointError(f"tensor {kernels[0]!r} has shape {shapes[0]}, but {kernels[1]!r} has {shapes[1]}; trunks of different shapes are not supported")
        transforms[layer, "kernel"] = _beside(tensors, kernels[1], "stack" if number == 0 else "diagonal")
        transforms[layer, "bias"] = _beside(tensors, f"{second(prefix)}.bias", "stack")
    return transforms


def reads_half(which: int) -> Callable:
    """How the kernel of a layer that reads one trunk, 0 or 1, becomes one that reads both; in PyTorch's layout."""

    def transform(kernel):
        zeros = np.zeros_like(kernel)
        return np.concatenate([kernel, zeros] if which == 0 else [zeros, kernel], axis=1)

    return transform


def _beside(tensors, name, how):
    def transform(first):
        second = np.asarray(tensors[name])
        if how == "stack":
            return np.concatenate([first, second])
        zeros = np.zeros_like(first)
        return np.concatenate([np.concatenate([first, zeros], axis=1), np.concatenate([zeros, second], axis=1)])

    return transform
