"""Which outputs of a layer a window of its inputs reaches, along one axis, for every window whose start lies on a grid."""

from typing import NamedTuple

from jax import lax

from rlvis.networks.stack_description import Layer, Pool, ResidualBlock

Pair = tuple[int, int]
# `(multiple, rest)`: the starts are `rest` more than a multiple of `multiple`.
Grid = tuple[int, int]


class Field(NamedTuple):
    """How a layer looks at its input: kernel and stride by axis, and how the input is padded."""

    kernel: Pair
    stride: Pair
    pads: tuple[Pair, Pair]


class Spread(NamedTuple):
    """Where windows of one size go along one axis.

    Attributes:
        size: how many outputs each reaches.
        pads: zeros before and after a window, so that an operation without padding gives just these outputs.
        shift: the first output is `(start − rest % stride) / stride − shift`.
        grid: of the first outputs.
    """

    size: int
    pads: Pair
    shift: int
    grid: Grid


BLOCK_FIELD = Field((3, 3), (1, 1), ((1, 1), (1, 1)))


def field_of(layer: Layer, shape: tuple[int, ...]) -> Field:
    """The field of a convolution, a pool or one of a residual block's convolutions on an input of shape `(H, W, C)`."""
    if isinstance(layer, ResidualBlock):
        return BLOCK_FIELD
    kernel = layer.window if isinstance(layer, Pool) else layer.kernel
    if isinstance(layer.padding, str):
        return Field(kernel, layer.stride, tuple(lax.padtype_to_pads(shape[:2], kernel, layer.stride, layer.padding)))
    return Field(kernel, layer.stride, layer.padding)


def output_size(field: Field, axis: int, length: int) -> int:
    """How many outputs a layer has along an axis of that length."""
    return (length + sum(field.pads[axis]) - field.kernel[axis]) // field.stride[axis] + 1


def aligned(size: int, grid: Grid, stride: int) -> tuple[int, Grid]:
    """Size and grid of windows that are widened, where need be, to start on multiples of a stride or always beside them by as much."""
    return (size, grid) if grid[0] % stride == 0 else (size + stride - 1, (stride, 0))


def spread(field: Field, axis: int, size: int, grid: Grid) -> Spread:
    """Where aligned windows go: output o sees the inputs from `stride · o − pad` to `stride · o − pad + kernel − 1`.

    Args:
        field: how the layer looks at its input.
        axis: 0 for rows, 1 for columns.
        size, grid: of the windows, as from `aligned`.
    """
    kernel, stride, pad = field.kernel[axis], field.stride[axis], field.pads[axis][0]
    rest = grid[1] % stride
    shift = (kernel - 1 - pad) // stride
    outputs = (size + rest - 1 + pad) // stride + shift + 1
    before = stride * shift + pad + rest
    multiple = grid[0] // stride
    return Spread(outputs, (before, (outputs - 1) * stride + kernel - size - before), shift, (multiple, ((grid[1] - rest) // stride - shift) % multiple))
