"""Perturbed outputs of described networks by recomputing only what a mask can change: exact, and several times faster.

A soft disc covers a quarter of a picture; behind strided convolutions that is where most of the work is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.errors import OptionError
from rlvis.networks import Network, record
from rlvis.networks.stack_description import Activation, Affine, Convolution, Layer, Pool, ResidualBlock, StackDescription
from rlvis.networks.taps import ReplaceTap
from rlvis.saliency.changed_windows import Window, changed_outputs, complete, field_of, output_size, slice_windows, step

# A window that covers more of a layer's output than this is not worth cutting out.
WORTHWHILE = 0.7


@dataclass(frozen=True, eq=False)
class MaskGroup:
    """Masks whose non-zero parts fit into windows of one size.

    Attributes:
        indices: which masks, `(B,)`.
        masks: their windows, `(B, n, m)`.
        rows, columns: where the windows start, `(B,)`.
        depth: how many of the network's first layers to recompute in windows.
    """

    indices: np.ndarray
    masks: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    depth: int


def group_masks(network: Network, masks: np.ndarray, local: bool = True) -> tuple[MaskGroup, ...]:
    """Masks sorted by the size of what they change: those at the picture's edges change less.

    Args:
        network: the network.
        masks: `(K, H, W)`.
        local: whether to cut windows out at all.

    Returns:
        Groups that together hold every mask; one of depth 0 where windows are not worth cutting out, or the network is
        not described as layers.

    Raises:
        OptionError: if the masks have another size than the network's observations.
    """
    height, width, _ = network.observation_shape
    if masks.ndim != 3 or masks.shape[1:] != (height, width):
        raise OptionError(f"masks must be (K, {height}, {width}) like the observations; got {masks.shape}")
    if not local:
        return (_whole_pictures(masks, np.arange(len(masks))),)
    spans = [_spans(masks.any(axis=axis)) for axis in (2, 1)]
    classes = [_size_classes(stop - start, length) for (start, stop), length in zip(spans, masks.shape[1:], strict=True)]
    groups, whole = [], []
    for size in sorted(set(zip(*classes, strict=True))):
        indices = np.flatnonzero((classes[0] == size[0]) & (classes[1] == size[1]))
        depth = _worthwhile_depth(network, tuple(map(int, size)))
        if depth == 0:
            whole.append(indices)
            continue
        rows, columns = (np.minimum(spans[axis][0][indices], masks.shape[1 + axis] - size[axis]).astype(np.int32) for axis in (0, 1))
        cut = np.stack([masks[k, row : row + size[0], column : column + size[1]] for k, row, column in zip(indices, rows, columns, strict=True)])
        groups.append(MaskGroup(indices, cut, rows, columns, depth))
    if whole:
        groups.append(_whole_pictures(masks, np.sort(np.concatenate(whole))))
    return tuple(groups)


def _whole_pictures(masks, indices):
    zeros = np.zeros(len(indices), np.int32)
    return MaskGroup(indices, masks[indices], zeros, zeros, 0)


def _spans(touched):
    """First and one past the last non-zero place of each row of `(K, L)`; (0, 1) where there is none."""
    start = touched.argmax(axis=1)
    return start, np.where(touched.any(axis=1), touched.shape[1] - touched[:, ::-1].argmax(axis=1), 1)


def _size_classes(sizes, length):
    """Every size rounded up to one of two: the largest, or the largest that is at most three quarters of it."""
    largest = sizes.max()
    small = sizes[sizes <= 0.75 * largest]
    return np.where(sizes <= 0.75 * largest, small.max() if len(small) else largest, largest)


@lru_cache(maxsize=64)
def _worthwhile_depth(network: Network, size: tuple[int, int]) -> int:
    """How many first layers to recompute in windows that start with the given size."""
    shape, depth = network.observation_shape, 0
    for number, layer in enumerate(_spatial_layers(network), 1):
        if isinstance(layer, (Convolution, Pool)):
            field = field_of(layer, shape)
            if any(kernel < stride for kernel, stride in zip(field.kernel, field.stride, strict=True)):
                break
            size = tuple(changed_outputs(field, axis, shape[axis], size[axis]) for axis in (0, 1))
            shape = tuple(output_size(field, axis, shape[axis]) for axis in (0, 1))
        elif isinstance(layer, ResidualBlock):
            size = tuple(min(shape[axis], size[axis] + 4) for axis in (0, 1))
        if np.prod(size) > WORTHWHILE * np.prod(shape[:2]):
            break
        # An affine layer has no tap at which the rest of the network could take over.
        depth = depth if isinstance(layer, Affine) else number
    return depth


@lru_cache(maxsize=64)
def _spatial_layers(network: Network) -> tuple[Layer, ...]:
    """The layers from the observation on that can be recomputed in windows; none for a network that is no stack."""
    if network.description is None or network.description.get("architecture") != "stack":
        return ()
    leading = []
    for layer in StackDescription.from_json(network.description).trunk:
        if not isinstance(layer, (Convolution, Pool, ResidualBlock, Activation, Affine)):
            break
        leading.append(layer)
    return tuple(leading)


@lru_cache(maxsize=64)
def compile_unperturbed(network: Network):
    """A jitted `(parameters, observation, state) → activations by tap` of one picture `(H, W, C)`, for `compile_windows`."""
    names = _tap_names(_spatial_layers(network))

    def unperturbed(parameters, observation, state):
        state = jax.tree.map(lambda part: part[None], state)
        return {name: value[0] for name, value in record(network, parameters, observation[None], state, names)[1].items()}

    return jax.jit(unperturbed)


@lru_cache(maxsize=64)
def compile_windows(network: Network, depth: int):
    """A jitted function for masks of one `MaskGroup`.

    Returns:
        `perturbed(parameters, observation, fill, activations, masks, rows, columns, state) → (logits, value)`, with
        `activations` from `compile_unperturbed` and `state` already that of the perturbed passes, both of one picture.
    """
    local = _spatial_layers(network)[:depth]

    def perturbed(parameters, observation, fill, activations, masks, rows, columns, state):
        size = masks.shape[1:]
        change = masks[..., None] * slice_windows(fill - observation, rows, columns, size)
        window = Window(slice_windows(observation, rows, columns, size) + change, rows, columns)
        before = observation
        for layer in local:
            window = step(layer, parameters, {**activations, "": before}, window)
            before = before * layer.scale + layer.offset if isinstance(layer, Affine) else activations[layer.name]
        state = jax.tree.map(lambda part: jnp.broadcast_to(part, (len(masks), *part.shape)), state)
        # Nothing before the tap is computed, so the picture does not matter.
        pictures = jnp.zeros((len(masks), *network.observation_shape))
        outputs = network.forward(parameters, pictures, state, ReplaceTap({local[-1].name: complete(window, before)}))
        return outputs.logits, outputs.value

    return jax.jit(perturbed)


def _tap_names(local: Sequence[Layer]) -> list[str]:
    names = [layer.name for layer in local if not isinstance(layer, Affine)]
    return names + [f"{layer.name}.conv1" for layer in local if isinstance(layer, ResidualBlock)]
