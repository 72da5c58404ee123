"""Along one axis: where a change of the picture spreads to, layer after layer, and windows of one size that hold it for many masks."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jax import lax

from rlvis.networks.stack_description import Convolution, Layer, Pool, ResidualBlock

Pair = tuple[int, int]
# Where the changes by B masks start and stop, `(B,)` each.
Range = tuple[np.ndarray, np.ndarray]


class Field(NamedTuple):
    """How an operation looks at its input: kernel and stride by axis, how the input is padded, and what comes out, `(H, W)`."""

    kernel: Pair
    stride: Pair
    pads: tuple[Pair, Pair]
    outputs: Pair


class Leg(NamedTuple):
    """What becomes of windows of one size in an operation.

    Attributes:
        pads: zeros before and after them, so that without padding of its own the operation gives just the windows wanted; below 0 where inputs are left out.
        size: how many outputs each window has.
        cut: the size of the windows that are cut out of these for what comes next; `None` if these are passed on.
    """

    pads: Pair
    size: int
    cut: int | None


def fields_of(layer: Layer, shape: tuple[int, ...]) -> tuple[Field, ...]:
    """The fields of a layer's convolutions or of its pooling on an input of shape `(H, W, C)`; none for a function of single activations."""
    if isinstance(layer, ResidualBlock):
        return (_field((3, 3), (1, 1), ((1, 1), (1, 1)), shape),) * 2
    if not isinstance(layer, (Convolution, Pool)):
        return ()
    kernel = layer.window if isinstance(layer, Pool) else layer.kernel
    return (_field(kernel, layer.stride, layer.padding, shape),)


def _field(kernel, stride, padding, shape):
    pads = tuple(lax.padtype_to_pads(shape[:2], kernel, stride, padding)) if isinstance(padding, str) else padding
    return Field(kernel, stride, pads, tuple((shape[axis] + sum(pads[axis]) - kernel[axis]) // stride[axis] + 1 for axis in (0, 1)))


def reached(field: Field, axis: int, changed: Range) -> Range:
    """Which outputs see a changed input: output o sees those from `stride · o − pad` to `stride · o − pad + kernel − 1`; one output where none does."""
    kernel, stride, pad, outputs = field.kernel[axis], field.stride[axis], field.pads[axis][0], field.outputs[axis]
    start = np.clip(-((kernel - 1 - pad - changed[0]) // stride), 0, outputs - 1)
    return start, np.clip((changed[1] - 1 + pad) // stride + 1, start + 1, outputs)


def plan_legs(fields: Sequence[Field], axis: int, ranges: Sequence[Range], multiple: int) -> tuple[tuple[Leg, ...], np.ndarray]:
    """Windows that hold the changes, for each of the fields in turn.

    Windows are passed on as they are while a stride finds them all at the same place of its own grid, and cut anew for it where it does not.

    Args:
        fields: what the changes go through.
        axis: 0 for rows, 1 for columns.
        ranges: where they start and stop in the picture and in each output; windows of B masks, of one size each time, hold them.
        multiple: windows of the picture start on multiples of it, if it is one of the first stride.

    Returns:
        The legs, and where the windows start `(B, 1 + 2 · legs)`: in the picture, then for each leg as computed and as passed on.
        The last ones passed on are the whole output.
    """
    place = ranges[0][0] // multiple * multiple
    if np.ptp(place % fields[0].stride[axis]):
        place = _place_for(fields[0], axis, ranges[0])
    size = window_size(ranges[0], place)
    legs, places = [], [place]
    for field, changed, following in zip(fields, ranges[1:], [*fields[1:], None], strict=True):
        kernel, stride, pad = field.kernel[axis], field.stride[axis], field.pads[axis][0]
        first = -((kernel - 1 - pad - place) // stride)
        first = first + (changed[0] - first).min()
        outputs = window_size(changed, first)
        before = int((place + pad - stride * first)[0])
        pads = before, stride * (outputs - 1) + kernel - size - before
        place, size = first, outputs
        if following is None:
            place, size = np.zeros_like(first), field.outputs[axis]
        elif np.ptp(first % following.stride[axis]):
            place = _place_for(following, axis, changed)
            size = window_size(changed, place)
        legs.append(Leg(pads, outputs, None if size == outputs and (place == first).all() else size))
        places += [first, place]
    return tuple(legs), np.stack(places, axis=1).astype(np.int32)


def _place_for(field, axis, changed):
    """Where windows start that a stride finds all at the same place of its own grid: as late as the changes allow."""
    seen = field.stride[axis] * reached(field, axis, changed)[0] - field.pads[axis][0]
    return seen + (changed[0] - seen).min()


def window_size(changed: Range, place: np.ndarray | None = None) -> int:
    """The size of windows that hold every change and start at a place, by default where it starts."""
    return int((changed[1] - (changed[0] if place is None else place)).max())
