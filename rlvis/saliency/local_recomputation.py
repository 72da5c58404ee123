"""What perturbed pictures look like to the last layer that has positions, recomputing only what a mask can change.

Exact, and twice as fast: a soft disc covers a quarter of a picture, and behind strided convolutions that is where
most of the work is.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import jax
import numpy as np

from rlvis.errors import OptionError
from rlvis.networks import Network
from rlvis.networks.network import Tap
from rlvis.networks.stack import run_layers
from rlvis.networks.stack_description import Activation, Affine, Convolution, Layer, Pool, ResidualBlock, StackDescription
from rlvis.saliency.changed_windows import Window, complete, observe, step, windows_of
from rlvis.saliency.window_spread import aligned, field_of, output_size, spread

# Windows are cut out where that leaves less than this share of the work.
WORTHWHILE = 0.7
# What a number costs, in multiplications of a convolution, to be activated and written; in a window it is also looked up and
# subtracted, and put back into whole activations at the end. Measured on a CPU.
WRITTEN, CUT, PUT_BACK = 12, 40, 20
# By how much windows of the picture may be widened so that they start on multiples of the first layers' strides.
WIDENED = 0.2
# Windows are of so many sizes along each axis, whose areas differ little: each pair of sizes is compiled for itself.
SIZES = 2


@dataclass(frozen=True, eq=False)
class MaskGroup:
    """Masks whose non-zero parts fit into windows of one size.

    Attributes:
        indices: which masks, `(B,)`.
        masks: their windows, `(B, n, m)`; where one hangs over the picture's edge it is zero.
        rows, columns: where the windows start, `(B,)`, multiples of `multiple`.
        depth: how many of the network's first layers to recompute in windows.
        multiple: of rows and of columns.
    """

    indices: np.ndarray
    masks: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    depth: int
    multiple: tuple[int, int] = (1, 1)

    @property
    def kind(self) -> tuple[int, tuple[int, int]]:
        """What a program for these masks depends on, beside their shape."""
        return self.depth, self.multiple


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
    if not local or not spatial_layers(network):
        return (_whole_pictures(masks, np.arange(len(masks))),)
    cuts = [_cut(network, axis, masks.any(axis=2 - axis)) for axis in (0, 1)]
    multiple = (cuts[0][0], cuts[1][0])
    groups, whole = [], []
    for size in sorted(set(zip(cuts[0][2].tolist(), cuts[1][2].tolist(), strict=True))):
        indices = np.flatnonzero((cuts[0][2] == size[0]) & (cuts[1][2] == size[1]))
        depth = _worthwhile_depth(network, size, multiple)
        if depth == 0:
            whole.append(indices)
            continue
        rows, columns = (cuts[axis][1][indices].astype(np.int32) for axis in (0, 1))
        padded = np.pad(masks[indices], ((0, 0), (0, size[0]), (0, size[1])))
        cut = np.stack([mask[row : row + size[0], column : column + size[1]] for mask, row, column in zip(padded, rows, columns, strict=True)])
        groups.append(MaskGroup(indices, cut, rows, columns, depth, multiple))
    if whole:
        groups.append(_whole_pictures(masks, np.sort(np.concatenate(whole))))
    return tuple(groups)


def _whole_pictures(masks, indices):
    zeros = np.zeros(len(indices), np.int32)
    return MaskGroup(indices, masks[indices], zeros, zeros, 0)


def _cut(network, axis, touched):
    """Along one axis, `touched` `(K, L)` of each mask: the multiple on which windows start, their starts and their sizes `(K,)`."""
    start, stop = _spans(touched)
    multiple = 1
    for layer in spatial_layers(network):
        stride = layer.stride[axis] if isinstance(layer, (Convolution, Pool)) else 1
        if multiple * stride - 1 > WIDENED * (stop - start).max():
            break
        multiple *= stride
    start = start // multiple * multiple
    return multiple, start, _size_classes(stop - start)


def _spans(touched):
    """First and one past the last non-zero place of each row of `(K, L)`; (0, 1) where there is none."""
    start = touched.argmax(axis=1)
    return start, np.where(touched.any(axis=1), touched.shape[1] - touched[:, ::-1].argmax(axis=1), 1)


def _size_classes(sizes):
    """Every size rounded up to one of at most `SIZES`, chosen so that they add up to the least."""
    values, counts = np.unique(sizes, return_counts=True)
    choices = [np.array(sorted({*chosen, values[-1]})) for chosen in combinations(values, min(SIZES, len(values)) - 1)]
    totals = [(choice[np.searchsorted(choice, values)] * counts).sum() for choice in choices]
    choice = choices[int(np.argmin(totals))]
    return choice[np.searchsorted(choice, sizes)]


@lru_cache(maxsize=64)
def _worthwhile_depth(network: Network, size: tuple[int, int], multiple: tuple[int, int]) -> int:
    """How many first layers to recompute in windows that start with the given size, so that the least work is left; 0 if that is not much less."""
    shape, grids = network.observation_shape, [(each, 0) for each in multiple]
    in_windows, in_whole, put_back = [0], [0], [0]
    for layer in spatial_layers(network):
        cut = whole = 0
        for _ in range(2 if isinstance(layer, ResidualBlock) else 1):
            terms, features = 0, shape[2]
            if isinstance(layer, (Convolution, Pool, ResidualBlock)):
                field = field_of(layer, shape)
                terms = np.prod(field.kernel) * (1 if isinstance(layer, Pool) else shape[2])
                features = features if isinstance(layer, Pool) else layer.features
                ready = [aligned(size[axis], grids[axis], field.stride[axis]) for axis in (0, 1)]
                spreads = [spread(field, axis, *ready[axis]) for axis in (0, 1)]
                size, grids = tuple(each.size for each in spreads), [each.grid for each in spreads]
                shape = (*(output_size(field, axis, shape[axis]) for axis in (0, 1)), features)
            cut += np.prod(size) * features * (terms + CUT)
            whole += np.prod(shape) * (terms + WRITTEN)
        in_windows.append(cut)
        in_whole.append(whole)
        put_back.append(np.prod(shape) * PUT_BACK)
    work = np.cumsum(in_windows) + put_back + np.sum(in_whole) - np.cumsum(in_whole)
    best = int(np.argmin(work))
    return best if work[best] < WORTHWHILE * work[0] else 0


@lru_cache(maxsize=64)
def spatial_layers(network: Network) -> tuple[Layer, ...]:
    """The layers from the observation to the last one that has positions and a tap; none for a network that is no stack."""
    if network.description is None or network.description.get("architecture") != "stack":
        return ()
    leading = []
    for layer in StackDescription.from_json(network.description).trunk:
        if not isinstance(layer, (Convolution, Pool, ResidualBlock, Activation, Affine)):
            break
        leading.append(layer)
    while leading and isinstance(leading[-1], Affine):
        leading.pop()
    return tuple(leading)


def unperturbed_layers(network: Network, parameters, observation) -> list[tuple[jax.Array, tuple[jax.Array, ...]]]:
    """`observe` for each of `spatial_layers`, on one picture `(H, W, C)`."""
    x, known = observation, []
    for layer in spatial_layers(network):
        x, about = observe(layer, parameters, x)
        known.append((x, about))
    return known


def perturbed_features(network: Network, group: tuple[int, tuple[int, int]], parameters, observation, fill, known, masks, rows, columns) -> jax.Array:
    """Activations of the last of `spatial_layers` for some masks of a group, all of one picture.

    Args:
        network, parameters: the network.
        group: `MaskGroup.kind`.
        observation, fill: `(H, W, C)`.
        known: from `unperturbed_layers`.
        masks, rows, columns: of B masks, as in `MaskGroup`.

    Returns:
        `(B, h, w, c)`.
    """
    spatial, (depth, multiple) = spatial_layers(network), group
    if depth == 0:
        x = observation + masks[..., None] * (fill - observation)
    else:
        change = masks[..., None] * windows_of(fill - observation, (rows, columns), masks.shape[1:])
        window = Window(change, (rows, columns), tuple((each, 0) for each in multiple))
        for layer, (_, about) in zip(spatial[:depth], known, strict=False):
            window = step(layer, parameters, about, window)
        x = complete(window, known[depth - 1][0])
    return run_layers(spatial[depth:], parameters, x, {}, Tap())[0]
