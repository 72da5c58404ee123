"""How a change spreads through layers, computed only where it has spread to, exactly.

A mask changes a window of the picture, and behind each layer a window of the activations. What is carried from layer to
layer is the difference to the unperturbed activations, which is zero outside the window: a convolution, being linear, turns
it into the difference of its outputs without being shown anything else.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from rlvis.networks import layers
from rlvis.networks.convolution import convolve
from rlvis.networks.max_pooling import max_pool
from rlvis.networks.stack_description import Activation, Affine, Convolution, Layer, Pool, ResidualBlock
from rlvis.saliency.window_legs import Field, Leg, Pair, fields_of

Places = tuple[jax.Array, jax.Array]


class Stage(NamedTuple):
    """One of a layer's operations on windows: what it is, and what `plan_legs` says of it for rows and for columns.

    Attributes:
        field: how it looks at its input.
        legs: what becomes of the windows.
        computed, passed: rows and columns where the windows of its outputs start, as computed and as passed on, `(B,)` each; they may
            hang over the edges, with zeros there.
    """

    field: Field
    legs: tuple[Leg, Leg]
    computed: Places
    passed: Places


class Window(NamedTuple):
    """Where and by how much the activations of B perturbed pictures differ from the unperturbed ones.

    Attributes:
        change: perturbed − unperturbed, `(B, n, m, C)`; zero everywhere else.
        places: rows and columns where the windows start, `(B,)` each.
    """

    change: jax.Array
    places: Places


def observe(layer: Layer, parameters, x) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    """One layer of a described network on an unperturbed picture.

    Args:
        layer: a convolution, pool, residual block, activation or affine layer.
        parameters: the network's.
        x: the layer's input `(H, W, C)`.

    Returns:
        Its output `(H', W', C')`, and what `step` wants to know about it.
    """
    return _LAYERS[type(layer)][0](layer, parameters, x)


def step(layer: Layer, parameters, unperturbed, window: Window, stages: Sequence[Stage]) -> Window:
    """The same layer where its input has changed.

    Args:
        layer, parameters: as for `observe`.
        unperturbed: the second result of `observe`.
        window: the change of the layer's input.
        stages: one for each of `fields_of` the layer.
    """
    return _LAYERS[type(layer)][1](layer, parameters, unperturbed, window, *stages)


def windows_of(picture, places, size: Pair, outside: float | None = None):
    """The windows of `picture` `(H, W, C)` that start at `places`: `(B, *size, C)`; beyond its edges `outside`, or what lies at the edge if `None`."""
    rows, columns = _covered(places, size)
    windows = _gather(picture, rows, columns)
    return windows if outside is None else jnp.where(_within(rows, columns, picture.shape), windows, outside)


def _covered(places, size):
    """The rows `(B, n)` and columns `(B, m)` of windows."""
    return tuple(place[:, None] + np.arange(length, dtype=np.int32) for place, length in zip(places, size, strict=True))


def _gather(pictures, rows, columns, *leading):
    """`pictures[*leading, rows, columns]`, beyond the edges what lies at them."""
    # Clipped places rather than a padded picture, which a loop over batches would pad every time.
    height, width = pictures.shape[-3:-1]
    return pictures.at[*leading, jnp.clip(rows, 0, height - 1)[:, :, None], jnp.clip(columns, 0, width - 1)[:, None]].get(mode="promise_in_bounds")


def _within(rows, columns, shape):
    """Which places `(B, n)` and `(B, m)` are inside a picture `(H, W, C)`: `(B, n, m, 1)`."""
    inside = [(places >= 0) & (places < length) for places, length in zip((rows, columns), shape[:2], strict=True)]
    return (inside[0][:, :, None] & inside[1][:, None])[..., None]


def _passed_on(window, stage):
    """The change in the windows that the next layer takes."""
    cuts = [leg.cut for leg in stage.legs]
    if cuts == [None, None]:
        return window
    size = [leg.cut or leg.size for leg in stage.legs]
    rows, columns = _covered([new - old for new, old in zip(stage.passed, window.places, strict=True)], size)
    change = _gather(window.change, rows, columns, np.arange(len(rows))[:, None, None])
    return Window(jnp.where(_within(rows, columns, window.change.shape[1:3]), change, 0), stage.passed)


def _padded(change, pads):
    """Zeros put around, `(before, after)` for rows and for columns; where that is below 0, places are left out."""
    return lax.pad(change, jnp.zeros((), change.dtype), [(0, 0, 0), *((*pad, 0) for pad in pads), (0, 0, 0)])


def _inside(window, shape):
    """The window with zeros where it hangs over the edges of `shape`."""
    inside = _within(*_covered(window.places, window.change.shape[1:3]), shape)
    return window._replace(change=jnp.where(inside, window.change, 0))


def _through(function, unperturbed, window):
    """The change behind a function of single activations, whose unperturbed arguments and values are given."""
    before, after = (windows_of(each, window.places, window.change.shape[1:3]) for each in unperturbed)
    # Fused with what pads or moves its result, the function would be computed number by number: an exponential takes ten times as long then.
    change = lax.optimization_barrier(function(before + window.change) - after)
    return _inside(window._replace(change=change), unperturbed[0].shape)


def _convolved(kernel, stage, window):
    pads = [leg.pads for leg in stage.legs]
    change = _padded(window.change, [tuple(min(0, each) for each in pad) for pad in pads])
    change = convolve(change, kernel, stage.field.stride, tuple(tuple(max(0, each) for each in pad) for pad in pads))
    return Window(change, stage.computed)


def _observe_convolution(layer, parameters, x):
    sums = layers.convolution(parameters[layer.name], x[None], layer.stride, layer.padding)
    if layer.normalization:
        sums = layers.batch_normalization(parameters[f"{layer.name}.normalization"], sums)
    after = layers.ACTIVATIONS[layer.activation](sums)
    return after[0], (sums[0], after[0])


def _convolution(layer, parameters, unperturbed, window, stage):
    window = _convolved(parameters[layer.name]["kernel"], stage, window)
    if layer.normalization:
        statistics = {**parameters[f"{layer.name}.normalization"], "mean": 0, "offset": 0}
        window = window._replace(change=layers.batch_normalization(statistics, window.change))
    # Cut before the activation, which then is computed once and only where it is wanted.
    window = _passed_on(window, stage)
    return _inside(window, unperturbed[0].shape) if layer.activation == "linear" else _through(layers.ACTIVATIONS[layer.activation], unperturbed, window)


def _observe_pool(layer, parameters, x):
    pool = {"max": max_pool, "average": layers.average_pool, "l2": layers.l2_pool}[layer.kind]
    after = pool(x[None], layer.window, layer.stride, layer.padding)[0]
    return after, (x, after)


def _pool(layer, parameters, unperturbed, window, stage):
    before, after = unperturbed
    change = _padded(window.change, [leg.pads for leg in stage.legs])
    starts = [place - leg.pads[0] for place, leg in zip(window.places, stage.legs, strict=True)]
    patches = windows_of(before, starts, change.shape[1:3], -jnp.inf if layer.kind == "max" else 0) + change
    if layer.kind == "max":
        pooled = max_pool(patches, layer.window, layer.stride, "VALID")
    else:
        mean = layers.average_pool(patches if layer.kind == "average" else patches**2, layer.window, layer.stride, "VALID")
        # Padding does not count: where a pooling window hangs over the edge, fewer inputs share in the mean.
        mean = mean * windows_of(jnp.asarray(np.prod(layer.window) / _counted(stage.field, before.shape), jnp.float32), stage.computed, mean.shape[1:3])
        pooled = mean if layer.kind == "average" else jnp.sqrt(mean + 1e-8)
    return _passed_on(_inside(Window(pooled - windows_of(after, stage.computed, pooled.shape[1:3]), stage.computed), after.shape), stage)


def _counted(field, shape):
    """How many real inputs each pooling window holds, `(H', W', 1)`."""
    counts = []
    for axis in (0, 1):
        begin = np.arange(field.outputs[axis]) * field.stride[axis] - field.pads[axis][0]
        counts.append(np.minimum(begin + field.kernel[axis], shape[axis]) - np.maximum(begin, 0))
    return np.multiply.outer(*counts)[..., None]


def _observe_residual_block(layer, parameters, x):
    rectified = jax.nn.relu(x)
    inner = layers.convolution(parameters[f"{layer.name}.conv1"], rectified[None])[0]
    rectified_inner = jax.nn.relu(inner)
    return x + layers.convolution(parameters[f"{layer.name}.conv2"], rectified_inner[None])[0], (x, rectified, inner, rectified_inner)


def _residual_block(layer, parameters, unperturbed, window, inner_stage, stage):
    x, rectified, inner, rectified_inner = unperturbed
    first = _convolved(parameters[f"{layer.name}.conv1"]["kernel"], inner_stage, _through(jax.nn.relu, (x, rectified), window))
    second = _convolved(parameters[f"{layer.name}.conv2"]["kernel"], stage, _through(jax.nn.relu, (inner, rectified_inner), _passed_on(first, inner_stage)))
    # The skip path changes only in the smaller window that came in.
    before = [sum(leg.pads[0] - 1 for leg in legs) for legs in zip(inner_stage.legs, stage.legs, strict=True)]
    pads = [(start, stop - size - start) for start, size, stop in zip(before, window.change.shape[1:3], second.change.shape[1:3], strict=True)]
    return _passed_on(_inside(second._replace(change=second.change + _padded(window.change, pads)), x.shape), stage)


def _observe_activation(layer, parameters, x):
    after = layers.ACTIVATIONS[layer.function](x)
    return after, (x, after)


def _activation(layer, parameters, unperturbed, window):
    return _through(layers.ACTIVATIONS[layer.function], unperturbed, window)


def _observe_affine(layer, parameters, x):
    return x * layer.scale + layer.offset, ()


def _affine(layer, parameters, unperturbed, window):
    return window._replace(change=window.change * layer.scale)


_LAYERS = {
    Convolution: (_observe_convolution, _convolution), Pool: (_observe_pool, _pool), ResidualBlock: (_observe_residual_block, _residual_block),
    Activation: (_observe_activation, _activation), Affine: (_observe_affine, _affine),
}  # fmt: skip
