"""Signed attribution planes, as few bytes as their picture needs.

A value x is stored as a small whole number `v = sign(x) · round(L · (|x| / s)^p)` with p = 0.6, s the map's display scale
and L = 10 levels between zero and full colour, and read back as `x̂ = sign(v) · s · (|v| / L)^(1/p)`. Steps are fine near
zero, where smoothing adds many values up, and coarse where colour saturates: at |x| = s the error is at most 8.5 % of s,
at s/10 at most 3.6 %, and what is below s/147 becomes zero (`error_bound`). Sums over positions, the frames' maxima and
the completeness error are stored beside the planes without such rounding.

Two horizontal neighbours share a byte (4 bits each; numbers beyond ±7 are escapes, listed apart), and bytes are ordered
by (plane, column pair, frame, row), so that deflate meets a column again within its window as long as it does not change.

Measured on two 128-frame CoinRun trajectories of a barely trained "clear" network (attribution everywhere: the worst
case), five layers, value and residual: 2.1 MB of chunks, and the drawn picture (smoothed, scale s) is off by 1.3 to 2.4
of 255 levels on average, by 12 to 22 at the 99th percentile. One byte a value in linear steps of max |x| / 127 came to
7.9 MB, with 0.2 to 0.4 and 1 to 3 levels; in linear steps of s/32 to 3.6 MB, with errors a third smaller than here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rlvis.stored_frames import Frames, block_slices, new_frames

POWER = 0.6
LEVELS = 10
_LARGEST_IN_NIBBLE = 7
_WIDEST_RANGE = 1000  # beyond that many times the scale, steps grow instead
MOST_IN_MEMORY = 1 << 24  # bytes of all planes together, packed
_LINEAR = 32767  # readers work with whole numbers of 16 bits, in linear units


@dataclass(frozen=True)
class PackedPlanes:
    """Planes in storage.

    Attributes:
        pairs: `(K, ⌈w/2⌉, T, h)` uint8: two neighbours' numbers plus 8, the left one in the upper half; 0 for an escape.
        escapes: `(E,)` int16: the numbers that escaped, in order.
        levels: what each number from 0 on stands for, in units of `scale`.
        scale: one linear unit.
        shape: `(K, T, h, w)`.
    """

    pairs: Frames
    escapes: np.ndarray
    levels: np.ndarray
    scale: float
    shape: tuple[int, int, int, int]


def frame_blocks(shape: tuple[int, int, int]) -> Iterator[slice]:
    """The frames of a plane `(T, h, w)` in slices of a few megabytes."""
    return block_slices(shape[0], 4 * shape[1] * shape[2])


def pack_planes(planes: Sequence, scale: float, levels: int = LEVELS, largest: float | None = None) -> PackedPlanes:
    """Round planes to few levels and pack them, some frames at a time.

    Args:
        planes: K of `(T, h, w)` float32: arrays, or anything with that shape that gives such arrays when sliced along T.
        scale: s, the value drawn in full colour.
        levels: L.
        largest: the largest magnitude in all of them; found if `None`.
    """
    frames, height, width = planes[0].shape
    if largest is None:
        largest = max(largest_magnitude(plane[part]) for plane in planes for part in frame_blocks(plane.shape))
    scale = max(scale, largest / _WIDEST_RANGE)
    pairs = new_frames((len(planes), (width + 1) // 2, frames, height), np.uint8, MOST_IN_MEMORY)
    escapes, highest = [], 0
    for index, plane in enumerate(planes):
        pairs[index], escaped, found = _pack_plane(plane, scale, levels)
        escapes += escaped
        highest = max(highest, found)
    unit = level_values(np.arange(highest + 1), scale, levels)
    linear = (unit[-1] or 1.0) / _LINEAR
    return PackedPlanes(pairs, np.concatenate(escapes), np.rint(unit / linear).astype(np.int32), float(linear), (len(planes), frames, height, width))


def _pack_plane(plane, scale, levels):
    """A plane's pairs `(⌈w/2⌉, T, h)`, its escapes in order, and the largest number in it."""
    frames, height, width = plane.shape
    columns = (width + 1) // 2
    pairs = np.empty((columns, frames, height), np.uint8)
    escapes, highest = [[] for _ in range(columns)], 0
    for part in frame_blocks(plane.shape):
        numbers = level_numbers(plane[part], scale, levels)
        highest = max(highest, int(np.abs(numbers).max(initial=0)))
        ordered = np.zeros((2 * columns, *numbers.shape[:2]), np.int16)
        ordered[:width] = numbers.transpose(2, 0, 1)
        ordered = ordered.reshape(columns, 2, *numbers.shape[:2]).transpose(0, 2, 3, 1)  # (column pair, frame, row, left or right)
        escaped = np.abs(ordered) > _LARGEST_IN_NIBBLE
        # In storage all frames of a column pair come before the next pair.
        for column, (numbers_there, escaped_there) in enumerate(zip(ordered, escaped, strict=True)):
            escapes[column].append(numbers_there[escaped_there])
        nibbles = np.where(escaped, 0, ordered + 8).astype(np.uint8)
        pairs[:, part] = nibbles[..., 0] << 4 | nibbles[..., 1]
    return pairs, [numbers for column in escapes for numbers in column], highest


def unpack_planes(packed: PackedPlanes) -> np.ndarray:
    """The planes as a reader sees them, `(K, T, h, w)` float32: what the page does, for tests and other readers."""
    return UnpackedPlanes(packed)[:]


class UnpackedPlanes:
    """Packed planes as a reader sees them: `planes[frames]`, frames a slice, is `(K, t, h, w)` float32.

    Args:
        packed: the planes.
    """

    def __init__(self, packed: PackedPlanes):
        self._packed = packed
        self._table = np.zeros(max(len(packed.levels), _LARGEST_IN_NIBBLE + 1), np.float32)
        self._table[: len(packed.levels)] = packed.levels
        counts = np.stack([((pairs >> 4 == 0).astype(np.int32) + (pairs & 15 == 0)).sum(axis=-1) for pairs in packed.pairs])  # (K, column pair, T)
        # Where the escapes of each column pair's frames begin, and, last, where the pair's end.
        ends = np.cumsum(counts).reshape(counts.shape)
        self._starts = np.concatenate([ends - counts, ends[..., -1:]], axis=-1)

    def __len__(self):
        return self._packed.shape[1]

    def __getitem__(self, frames: slice) -> np.ndarray:
        return np.stack(list(self.each(frames)))

    def each(self, frames: slice) -> Iterator[np.ndarray]:
        """`(t, h, w)` of each plane, one after the other."""
        count, length, height, width = self._packed.shape
        first, stop, _ = frames.indices(length)
        for index in range(count):
            pairs = self._packed.pairs[index][:, first:stop]
            nibbles = np.stack([pairs >> 4, pairs & 15], axis=-1)
            numbers, escaped = nibbles.astype(np.int16) - 8, nibbles == 0
            starts = self._starts[index]
            numbers[escaped] = np.concatenate([self._packed.escapes[start:end] for start, end in zip(starts[:, first], starts[:, stop], strict=True)])
            numbers = numbers.transpose(1, 2, 0, 3).reshape(stop - first, height, -1)[..., :width]
            yield np.sign(numbers) * self._table[np.abs(numbers)] * np.float32(self._packed.scale)


def largest_magnitude(plane: np.ndarray) -> float:
    """`max |x|`, NaN if there is one; needs no copy of the plane."""
    return float(np.maximum(plane.max(initial=0), -plane.min(initial=0)))


def level_numbers(values: np.ndarray, scale: float, levels: int = LEVELS) -> np.ndarray:
    """`sign(x) · round(L · (|x| / s)^p)` as int16."""
    rooted = np.abs(values, dtype=np.float32)
    rooted /= np.float32(scale)
    np.power(rooted, np.float32(POWER), out=rooted)
    rooted *= levels
    return np.copysign(np.rint(rooted, out=rooted), values).astype(np.int16)


def level_values(numbers: np.ndarray, scale: float, levels: int = LEVELS) -> np.ndarray:
    """`sign(v) · s · (|v| / L)^(1/p)` as float64."""
    return np.sign(numbers) * scale * (np.abs(numbers) / levels) ** (1 / POWER)


def error_bound(values: np.ndarray, scale: float, levels: int = LEVELS) -> np.ndarray:
    """How far a stored value may be from x at most: half a step of the rounded root, and of the 16-bit units.

    Args:
        values: x.
        scale: s; at least a thousandth of the largest |x|.
        levels: L.
    """
    root = levels * (np.abs(values) / scale) ** POWER
    above = level_values(root + 0.5, scale, levels) - np.abs(values)
    return above + level_values(np.ceil(root.max(initial=0)), scale, levels) / _LINEAR
