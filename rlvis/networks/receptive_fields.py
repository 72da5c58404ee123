"""Which part of a picture a position in a hidden layer sees, and what follows from it for maps over positions."""

from dataclasses import dataclass

import numpy as np

from rlvis.errors import NetworkError
from rlvis.networks.attention import Attention
from rlvis.networks.network import Network
from rlvis.networks.stack_description import Convolution, Pool, ResidualBlock, StackDescription
from rlvis.networks.stack_shapes import input_shapes


@dataclass(frozen=True)
class ReceptiveField:
    """Position i of a map sees the pixels `i·stride − padding … i·stride − padding + size − 1`, rows and columns each.

    Attributes:
        size, stride, padding: `(rows, columns)` in pixels.
        picture: `(rows, columns)` of the picture.
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    picture: tuple[int, int]


def coverage(count: int, size: int, stride: int, padding: int, pixels: int) -> np.ndarray:
    """Which pixels each of `count` positions along one axis sees: `(pixels, count)` float32 of 0 and 1.

    `c[y, i] = 1` where `0 ≤ y + padding − i·stride < size`. `c @ map` is a transposed convolution with ones, and a
    transposed convolution of a picture with a square of ones is this along rows, then along columns.
    """
    offset = np.arange(pixels)[:, None] + padding - np.arange(count) * stride
    return ((offset >= 0) & (offset < size)).astype(np.float32)


def receptive_field(description: StackDescription, layer: str, start: str | None = None) -> ReceptiveField:
    """The receptive field of what reaches a layer of the trunk, in pixels of what reaches layer `start` (the observation if `None`).

    Raises:
        NetworkError: if the trunk has no such layer, or `start` does not come before it.
    """
    inputs = input_shapes(description)
    names = [item.name for item in description.trunk]
    if layer not in names or (start is not None and start not in names[: names.index(layer) + 1]):
        raise NetworkError(f"the trunk of network {description.name!r} has no layer {layer!r}{f' after {start!r}' if start else ''}; it has {', '.join(names)}")
    first = names.index(start) if start else 0
    size, stride, padding = np.ones(2, int), np.ones(2, int), np.zeros(2, int)
    for item in description.trunk[first : names.index(layer)]:
        kernel, step, pads = _window(item, inputs[item.name])
        size, padding, stride = size + (kernel - 1) * stride, padding + pads * stride, stride * step
    picture = inputs[start] if start else description.observation_shape
    return ReceptiveField(_pair(size), _pair(stride), _pair(padding), _pair(picture[:2]))


def attention_receptive_field(network: Network) -> ReceptiveField:
    """The receptive field of a network's attention: that of the features which the (first) attention weights.

    Raises:
        NetworkError: if the network has no attention, or exists only as Python code.
    """
    description = StackDescription.from_json(network.description) if network.description is not None else None
    gates = [layer.name for layer in description.trunk if isinstance(layer, Attention)] if description else []
    if not gates:
        raise NetworkError(f"network {network.name!r} has no attention of which rlvis knows the receptive field; give one of the networks with attention, such as cnn_sparse_fls")
    return receptive_field(description, gates[0])


def _window(layer, shape):
    """Kernel, stride and leading padding of a layer, each `(2,)`."""
    if isinstance(layer, ResidualBlock):
        return np.array([5, 5]), np.ones(2, int), np.array([2, 2])
    if not isinstance(layer, (Convolution, Pool)):
        return np.ones(2, int), np.ones(2, int), np.zeros(2, int)
    kernel = np.array(layer.kernel if isinstance(layer, Convolution) else layer.window)
    stride, sides = np.array(layer.stride), np.array(shape[:2])
    if layer.padding == "VALID":
        pads = np.zeros(2, int)
    elif layer.padding == "SAME":
        # TensorFlow's rule: as many outputs as strides fit, the odd pixel after the picture.
        pads = np.maximum((-(-sides // stride) - 1) * stride + kernel - sides, 0) // 2
    else:
        pads = np.array([before for before, _ in layer.padding])
    return kernel, stride, pads


def _pair(values):
    return int(values[0]), int(values[1])
