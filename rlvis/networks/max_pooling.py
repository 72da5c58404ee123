"""The largest value of each window, along one axis and then the other, with a gradient that remembers where it was."""

from functools import partial

import jax
import jax.numpy as jnp


def max_pool(x, window=(2, 2), stride=(2, 2), padding="SAME"):
    """The largest value of each window of `x` `(N, H, W, C)`; padding never wins, and of equals the first does.

    Padding is "SAME" or "VALID" with TensorFlow's meaning, or `((top, bottom), (left, right))`.
    """
    # XLA's own windowed maximum has a gradient several times slower on a CPU.
    pads = jax.lax.padtype_to_pads(x.shape[1:3], window, stride, padding) if isinstance(padding, str) else padding
    for axis in (2, 1):
        x = _largest(x, axis, window[axis - 1], stride[axis - 1], tuple(pads[axis - 1]))
    return x


@partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3, 4))
def _largest(x, axis, window, stride, pads):
    first, *others = _candidates(x, axis, window, stride, pads)
    for other in others:
        first = jnp.where(other > first, other, first)
    return first


def _candidates(x, axis, window, stride, pads):
    """For each place in the window, what lies there, `(…, windows, …)`."""
    if any(pads):
        widths = [(0, 0)] * x.ndim
        widths[axis] = pads
        x = jnp.pad(x, widths, constant_values=-jnp.inf)
    last = (x.shape[axis] - window) // stride * stride
    return [jax.lax.slice_in_dim(x, place, place + last + 1, stride, axis) for place in range(window)]


def _forward(x, axis, window, stride, pads):
    largest, *others = _candidates(x, axis, window, stride, pads)
    winner = jnp.zeros(largest.shape, jnp.uint8)
    for place, other in enumerate(others, 1):
        winner = jnp.where(other > largest, jnp.uint8(place), winner)
        largest = jnp.where(other > largest, other, largest)
    return largest, (winner, x.shape[axis])


def _backward(axis, window, stride, pads, remembered, change):
    winner, size = remembered
    # Places of the padded picture with the same remainder by the stride are neighbours here: window j reaches blocks j, j + 1, …
    blocks = change.shape[axis] + (window - 1) // stride
    remainders = []
    for remainder in range(stride):
        total = 0
        for place in range(remainder, window, stride):
            widths = [(0, 0)] * change.ndim
            widths[axis] = (place // stride, blocks - change.shape[axis] - place // stride)
            total += jnp.pad(jnp.where(winner == place, change, 0), widths)
        remainders.append(jnp.broadcast_to(total, (*change.shape[:axis], blocks, *change.shape[axis + 1 :])))
    shape = (*change.shape[:axis], blocks * stride, *change.shape[axis + 1 :])
    padded = jnp.stack(remainders, axis + 1).reshape(shape)
    widths = [(0, 0, 0)] * change.ndim
    widths[axis] = (-pads[0], size + pads[0] - blocks * stride, 0)
    return (jax.lax.pad(padded, jnp.zeros((), padded.dtype), widths),)


_largest.defvjp(_forward, _backward)
