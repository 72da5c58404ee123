"""How a changed window spreads through layers, and recomputing only that window, exactly.

A layer's output changes only where its receptive field meets the change. So each layer is applied to a patch: the
window of changed inputs, surrounded by the unperturbed inputs that its outputs also see.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from rlvis.networks import layers
from rlvis.networks.stack_description import Activation, Affine, Convolution, Layer, Pool, ResidualBlock

Pads = tuple[tuple[int, int], tuple[int, int]]


class Window(NamedTuple):
    """A rectangle of changed activations in each of B perturbed pictures; everywhere else they are the unperturbed ones.

    Attributes:
        values: `(B, n, m, C)`.
        rows, columns: where the rectangles start, `(B,)`.
    """

    values: jax.Array
    rows: jax.Array
    columns: jax.Array


class Field(NamedTuple):
    """How a layer looks at its input: kernel and stride by axis, and how the input is padded."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    pads: Pads


def field_of(layer: Layer, shape: tuple[int, ...]) -> Field:
    """The field of a convolution or pool on an input of shape `(H, W, C)`."""
    kernel = layer.window if isinstance(layer, Pool) else layer.kernel
    if isinstance(layer.padding, str):
        return Field(kernel, layer.stride, tuple(lax.padtype_to_pads(shape[:2], kernel, layer.stride, layer.padding)))
    return Field(kernel, layer.stride, layer.padding)


def output_size(field: Field, axis: int, length: int) -> int:
    """How many outputs a layer has along an axis of that length."""
    return (length + sum(field.pads[axis]) - field.kernel[axis]) // field.stride[axis] + 1


def changed_outputs(field: Field, axis: int, length: int, size: int) -> int:
    """How many outputs along an axis a window of changed inputs can reach at most: `⌊(n + k − 2) / s⌋ + 1`."""
    return min(output_size(field, axis, length), (size + field.kernel[axis] - 2) // field.stride[axis] + 1)


def slice_windows(picture, rows, columns, size: tuple[int, int]):
    """The windows of `picture` `(H, W, C)` that start at `rows`, `columns` `(B,)`: `(B, *size, C)`."""
    return jax.vmap(lambda row, column: lax.dynamic_slice(picture, (row, column, 0), (*size, picture.shape[-1])))(rows, columns)


def put_windows(pictures, windows, rows, columns):
    """`pictures` `(B, H, W, C)` with `windows` `(B, n, m, C)` in their places."""
    return jax.vmap(lambda picture, window, row, column: lax.dynamic_update_slice(picture, window, (row, column, 0)))(pictures, windows, rows, columns)


def complete(window: Window, unperturbed):
    """Whole activations `(B, H, W, C)`: the window in the unperturbed ones `(H, W, C)`."""
    pictures = jnp.broadcast_to(unperturbed, (len(window.values), *unperturbed.shape))
    return put_windows(pictures, *window)


def look(operation: Callable, field: Field, unperturbed, window: Window, padding_value: float = 0.0) -> Window:
    """Apply an operation that needs no padding to the patches that a window reaches.

    Args:
        operation: from patches `(B, P, Q, C)` and the starts of its outputs to `(B, n', m', D)`.
        field: how it looks at its input.
        unperturbed: its whole input without perturbation, `(H, W, C)`.
        window: its changed input.
        padding_value: what the input is padded with.
    """
    starts, patch = [], []
    for axis, begin in enumerate((window.rows, window.columns)):
        kernel, stride, pads, length = field.kernel[axis], field.stride[axis], field.pads[axis], unperturbed.shape[axis]
        outputs = output_size(field, axis, length)
        changed = changed_outputs(field, axis, length, window.values.shape[1 + axis])
        # Inputs that no output sees belong to the patch too, so that the window always fits in.
        unseen = length + sum(pads) - ((outputs - 1) * stride + kernel)
        starts.append(jnp.clip(-((kernel - 1 - pads[0] - begin) // stride), 0, outputs - changed))
        patch.append((changed - 1) * stride + kernel + unseen)
    corner = [start * stride for start, stride in zip(starts, field.stride, strict=True)]
    padded = jnp.pad(unperturbed, (*field.pads, (0, 0)), constant_values=padding_value)
    patches = slice_windows(padded, *corner, patch)
    patches = put_windows(patches, window.values, window.rows + field.pads[0][0] - corner[0], window.columns + field.pads[1][0] - corner[1])
    return Window(operation(patches, *starts), *starts)


def step(layer: Layer, parameters, unperturbed, window: Window) -> Window:
    """One layer of a described network, applied where its input has changed.

    Args:
        layer: a convolution, pool, residual block, activation or affine layer.
        parameters: the network's.
        unperturbed: by tap, the activations of the unperturbed picture `(h, w, c)`; under `""` the layer's input.
        window: the layer's changed input.
    """
    return _STEPS[type(layer)](layer, parameters, unperturbed, window)


def _convolution(layer, parameters, unperturbed, window):
    def operation(patches, *starts):
        y = layers.convolution(parameters[layer.name], patches, layer.stride, "VALID")
        if layer.normalization:
            y = layers.batch_normalization(parameters[f"{layer.name}.normalization"], y)
        return layers.ACTIVATIONS[layer.activation](y)

    return look(operation, field_of(layer, unperturbed[""].shape), unperturbed[""], window)


def _pool(layer, parameters, unperturbed, window):
    before = unperturbed[""]
    field = field_of(layer, before.shape)
    if layer.kind == "max":
        return look(lambda patches, *starts: layers.max_pool(patches, layer.window, layer.stride, "VALID"), field, before, window, -jnp.inf)

    def average(patches, *starts):
        mean = layers.average_pool(patches, layer.window, layer.stride, "VALID")
        # Padding does not count: where a pooling window hangs over the edge, fewer inputs share in the mean.
        share = np.prod(layer.window) / _counted(field, before.shape)
        return mean * slice_windows(jnp.asarray(share, jnp.float32), *starts, mean.shape[1:3])

    if layer.kind == "average":
        return look(average, field, before, window)
    return look(lambda patches, *starts: jnp.sqrt(average(patches * patches, *starts) + 1e-8), field, before, window)


def _counted(field, shape):
    """How many real inputs each pooling window holds, `(H', W', 1)`."""
    counts = []
    for axis in (0, 1):
        begin = np.arange(output_size(field, axis, shape[axis])) * field.stride[axis] - field.pads[axis][0]
        counts.append(np.minimum(begin + field.kernel[axis], shape[axis]) - np.maximum(begin, 0))
    return np.multiply.outer(*counts)[..., None]


def _residual_block(layer, parameters, unperturbed, window):
    field = Field((3, 3), (1, 1), ((1, 1), (1, 1)))

    def convolution(part):
        return lambda patches, *starts: layers.convolution(parameters[f"{layer.name}.{part}"], patches, (1, 1), "VALID")

    first = look(convolution("conv1"), field, jax.nn.relu(unperturbed[""]), window._replace(values=jax.nn.relu(window.values)))
    second = look(convolution("conv2"), field, jax.nn.relu(unperturbed[f"{layer.name}.conv1"]), first._replace(values=jax.nn.relu(first.values)))
    # The skip path changes only in the smaller window that came in.
    size = second.values.shape[1:3]
    skip = slice_windows(unperturbed[""], second.rows, second.columns, size)
    skip = put_windows(skip, window.values, window.rows - second.rows, window.columns - second.columns)
    return second._replace(values=skip + second.values)


def _activation(layer, parameters, unperturbed, window):
    return window._replace(values=layers.ACTIVATIONS[layer.function](window.values))


def _affine(layer, parameters, unperturbed, window):
    return window._replace(values=window.values * layer.scale + layer.offset)


_STEPS = {Convolution: _convolution, Pool: _pool, ResidualBlock: _residual_block, Activation: _activation, Affine: _affine}
