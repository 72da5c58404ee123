"""Masks in groups that share a program: those that change windows of one size, and how the windows go through a network's layers."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from rlvis.errors import OptionError
from rlvis.networks import Network
from rlvis.networks.stack_description import Activation, Affine, Convolution, Layer, Pool, ResidualBlock, StackDescription
from rlvis.saliency.mask_classes import classes_of_size
from rlvis.saliency.window_legs import Field, Leg, fields_of, plan_legs, reached, window_size

# Windows are cut out where that leaves less than this share of the work; and at all, if of the work for all masks together
# it leaves less than the second: each group is compiled for itself, which takes seconds.
WORTHWHILE, WORTHWHILE_AT_ALL = 0.7, 0.85
# What a number costs, in multiplications of a convolution, to be activated and written; in a window it is also looked up and
# subtracted, and put back into whole activations at the end. Measured on a CPU.
WRITTEN, CUT, PUT_BACK = 12, 40, 20
# By how much windows of the picture may be widened so that they start on multiples of the first layers' strides.
WIDENED = 0.1
# Masks are told apart by how much they change along each axis; each pair of such classes is compiled for itself.
CLASSES = 3


class WindowPlan(NamedTuple):
    """What a program needs to know of windows beside their places.

    Attributes:
        depth: how many of the network's first layers to recompute in windows.
        legs: for each operation of these layers, of rows and of columns.
    """

    depth: int
    legs: tuple[tuple[Leg, Leg], ...]


@dataclass(frozen=True, eq=False)
class MaskGroup:
    """Masks whose non-zero parts fit into windows of one size.

    Attributes:
        indices: which masks, `(B,)`.
        masks: their windows, `(B, n, m)`; where one hangs over the picture's edge it is zero.
        rows, columns: where the windows start in the picture and in the layers, as from `plan_legs`.
        reached: rows and columns of the last layer that has positions, from where to where each mask changes them, `(B, 2, 2)`; `None` if not known.
        plan: how the windows go through the layers; `None` for whole pictures.
    """

    indices: np.ndarray
    masks: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    reached: np.ndarray | None = None
    plan: WindowPlan | None = None


def group_masks(network: Network, masks: np.ndarray, local: bool = True) -> tuple[MaskGroup, ...]:
    """Masks sorted by the size of what they change: those at the picture's edges change less.

    Args:
        network: the network.
        masks: `(K, H, W)`.
        local: whether to cut windows out at all.

    Returns:
        Groups that together hold every mask; one without a plan where windows are not worth cutting out, or the network is
        not described as layers.

    Raises:
        OptionError: if the masks have another size than the network's observations.
    """
    height, width, _ = network.observation_shape
    if masks.ndim != 3 or masks.shape[1:] != (height, width):
        raise OptionError(f"masks must be (K, {height}, {width}) like the observations; got {masks.shape}")
    fields = [field for layer in field_layers(network) for field in layer.fields]
    if not local or not fields:
        return (_whole_pictures(masks, np.arange(len(masks))),)
    ranges = [_ranges(fields, axis, masks.any(axis=2 - axis)) for axis in (0, 1)]
    work = [layer.work for layer in field_layers(network) for _ in layer.fields]
    costs = [np.array([each * window_size(other) for each, other in zip(work, ranges[1 - axis][1:], strict=True)]) for axis in (0, 1)]
    classes = [classes_of_size(ranges[axis][1:], costs[axis], CLASSES) for axis in (0, 1)]
    groups, whole, left = [], [], 0
    for pair in product(*classes):
        indices = np.intersect1d(*pair)
        if len(indices) == 0:
            continue
        of_group = [[tuple(part[indices] for part in changed) for changed in each] for each in ranges]
        depth, share = _worthwhile_depth(network, list(zip(*(map(window_size, each) for each in of_group), strict=True)))
        left += share * len(indices) / len(masks)
        if depth:
            groups.append(_group(network, masks, indices, of_group, depth))
        else:
            whole.append(indices)
    if left > WORTHWHILE_AT_ALL:
        return (_whole_pictures(masks, np.arange(len(masks)), _last(ranges)),)
    if whole:
        indices = np.sort(np.concatenate(whole))
        groups.append(_whole_pictures(masks, indices, _last(ranges)[indices]))
    return tuple(groups)


def _whole_pictures(masks, indices, reached=None):
    zeros = np.zeros((len(indices), 1), np.int32)
    return MaskGroup(indices, masks[indices], zeros, zeros, reached)


def _ranges(fields, axis, touched):
    """Along one axis, what each mask changes in the picture, of which `touched` `(K, L)` says where it is not zero, and in the fields' outputs."""
    start = touched.argmax(axis=1)
    ranges = [(start, np.where(touched.any(axis=1), touched.shape[1] - touched[:, ::-1].argmax(axis=1), 1))]
    for field in fields:
        ranges.append(reached(field, axis, ranges[-1]))
    return ranges


def _last(ranges):
    """Where the changes of the last outputs start and stop, `(K, 2, 2)`."""
    return np.stack([np.stack(each[-1], axis=1) for each in ranges], axis=1)


def _group(network, masks, indices, ranges, depth):
    """Some masks as a group whose changes, in `ranges`, are followed through so many layers."""
    fields = [field for layer in field_layers(network)[:depth] for field in layer.fields]
    multiple = [_multiple(fields, axis, window_size(ranges[axis][0])) for axis in (0, 1)]
    legs, (rows, columns) = zip(*(plan_legs(fields, axis, ranges[axis][: len(fields) + 1], multiple[axis]) for axis in (0, 1)), strict=True)
    size = [window_size(each[0], places[:, 0]) for each, places in zip(ranges, (rows, columns), strict=True)]
    padded = np.pad(masks[indices], ((0, 0), *((each, each) for each in size)))
    corners = zip(padded, rows[:, 0] + size[0], columns[:, 0] + size[1], strict=True)
    cut = np.stack([mask[row : row + size[0], column : column + size[1]] for mask, row, column in corners])
    return MaskGroup(indices, cut, rows, columns, _last(ranges), WindowPlan(depth, tuple(zip(*legs, strict=True))))


def _multiple(fields, axis, size):
    """On which multiples windows of the picture are to start: of as many strides as widens them little; 1 if that is the first alone, which takes windows from anywhere."""
    multiple, first = 1, fields[0].stride[axis]
    for field in fields:
        if multiple * field.stride[axis] - 1 > WIDENED * size:
            break
        multiple *= field.stride[axis]
    return multiple if multiple > first else 1


class FieldLayer(NamedTuple):
    """One of `spatial_layers`: its fields, its output's features, and multiplications of each output of a field."""

    fields: tuple[Field, ...]
    features: int
    terms: int

    @property
    def work(self):
        return self.features * (self.terms + CUT)


@lru_cache(maxsize=64)
def field_layers(network: Network) -> tuple[FieldLayer, ...]:
    """`spatial_layers` with what windows must know of them."""
    shape, layers = network.observation_shape, []
    for layer in spatial_layers(network):
        fields, features, terms = fields_of(layer, shape), shape[2], 0
        if fields:
            features = features if isinstance(layer, Pool) else layer.features
            terms = int(np.prod(fields[0].kernel)) * (1 if isinstance(layer, Pool) else shape[2])
            shape = (*fields[-1].outputs, features)
        layers.append(FieldLayer(fields, features, terms))
    return tuple(layers)


def _worthwhile_depth(network, sizes):
    """How many first layers to recompute in windows of these sizes, so that the least work is left, and which share that is; (0, 1) if that is not much less."""
    shape, count = network.observation_shape[:2], 0
    in_windows, in_whole, put_back = [0], [0], [0]
    for layer in field_layers(network):
        cut = whole = 0
        for field in layer.fields or (None,):
            if field:
                shape, count = field.outputs, count + 1
            cut += np.prod(sizes[count]) * layer.work
            whole += np.prod(shape) * layer.features * (layer.terms + WRITTEN)
        in_windows.append(cut)
        in_whole.append(whole)
        # Nothing is gained before the first field, and windows are put back behind one.
        put_back.append(np.prod(shape) * layer.features * PUT_BACK if count else np.inf)
    work = np.cumsum(in_windows) + put_back + np.sum(in_whole) - np.cumsum(in_whole)
    best = int(np.argmin(work))
    return (best, work[best] / work[0]) if work[best] < WORTHWHILE * work[0] else (0, 1.0)


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
