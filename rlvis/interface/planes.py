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

from rlvis.errors import OutputError
from rlvis.interface.chunks import ArrayEntry, Chunk, array_chunk, chunk_arrays
from rlvis.interface.content import MapContent, MapPlanes
from rlvis.interface.scales import display_scale, frame_maxima

POWER = 0.6
LEVELS = 10
_LARGEST_IN_NIBBLE = 7
_WIDEST_RANGE = 1000  # beyond that many times the scale, steps grow instead
_VALUES_AT_A_TIME = 2**20
_LINEAR = 32767  # readers work with whole numbers of 16 bits, in linear units


@dataclass(frozen=True)
class EncodedMap:
    """The map of one output in one trajectory, ready to be written; small enough to be sent between processes.

    Attributes:
        map_id, output, trajectory: which.
        chunk: the numbers.
        maxima: `(T,)`, from which scales are found.
    """

    map_id: str
    output: str
    trajectory: int
    chunk: Chunk
    maxima: np.ndarray


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

    pairs: np.ndarray
    escapes: np.ndarray
    levels: np.ndarray
    scale: float
    shape: tuple[int, int, int, int]


def pack_planes(planes: Sequence[np.ndarray], scale: float, levels: int = LEVELS, largest: float | None = None) -> PackedPlanes:
    """Round planes to few levels and pack them, one at a time.

    Args:
        planes: K of `(T, h, w)` float32.
        scale: s, the value drawn in full colour.
        levels: L.
        largest: the largest magnitude in all of them; found if `None`.
    """
    frames, height, width = planes[0].shape
    largest = max(map(_largest, planes)) if largest is None else largest
    scale = max(scale, largest / _WIDEST_RANGE)
    # Columns are in storage what changes slowest within a plane, so a few of them at a time come out in the right order.
    columns = max(2, _VALUES_AT_A_TIME // max(1, frames * height) // 2 * 2)
    pairs = np.empty((len(planes), (width + 1) // 2, frames, height), np.uint8)
    escapes, highest = [], 0
    for index, plane in enumerate(planes):
        for start in range(0, width, columns):
            numbers = level_numbers(plane[:, :, start : start + columns], scale, levels)
            highest = max(highest, int(np.abs(numbers).max(initial=0)))
            ordered = np.zeros((numbers.shape[2] + numbers.shape[2] % 2, frames, height), np.int16)
            ordered[: numbers.shape[2]] = numbers.transpose(2, 0, 1)
            ordered = ordered.reshape(-1, 2, frames, height).transpose(0, 2, 3, 1)  # (column pair, frame, row, left or right)
            escaped = np.abs(ordered) > _LARGEST_IN_NIBBLE
            escapes.append(ordered[escaped])
            nibbles = np.where(escaped, 0, ordered + 8).astype(np.uint8)
            pairs[index, start // 2 : start // 2 + len(nibbles)] = nibbles[..., 0] << 4 | nibbles[..., 1]
    unit = level_values(np.arange(highest + 1), scale, levels)
    linear = (unit[-1] or 1.0) / _LINEAR
    return PackedPlanes(pairs, np.concatenate(escapes), np.rint(unit / linear).astype(np.int32), float(linear), (len(planes), frames, height, width))


def unpack_planes(packed: PackedPlanes) -> np.ndarray:
    """The planes as a reader sees them, `(K, T, h, w)` float32: what the page does, for tests and other readers."""
    return np.stack(list(unpacked_planes(packed)))


def unpacked_planes(packed: PackedPlanes) -> Iterator[np.ndarray]:
    """The planes as a reader sees them, `(T, h, w)` float32, one after the other."""
    _, frames, height, width = packed.shape
    table = np.zeros(max(len(packed.levels), _LARGEST_IN_NIBBLE + 1), np.float32)
    table[: len(packed.levels)] = packed.levels
    used = 0
    for pairs in packed.pairs:
        nibbles = np.stack([pairs >> 4, pairs & 15], axis=-1).astype(np.int16)
        numbers, escaped = nibbles - 8, nibbles == 0
        count = np.count_nonzero(escaped)
        numbers[escaped] = packed.escapes[used : used + count]
        used += count
        numbers = numbers.transpose(1, 2, 0, 3).reshape(frames, height, -1)[..., :width]
        yield np.sign(numbers) * table[np.abs(numbers)] * np.float32(packed.scale)


def decode_map(chunk: Chunk) -> dict[str, np.ndarray]:
    """The arrays of a map's chunk by key, its planes unpacked: `(K', T, h, w)` float32, the residual last."""
    arrays, packed = _stored(chunk)
    return {**arrays, "planes": unpack_planes(packed)}


def decode_sum(chunk: Chunk) -> np.ndarray:
    """The sum of a map's planes, residual included, `(T, h, w)` float32; no more than one of them is unpacked at a time."""
    planes = unpacked_planes(_stored(chunk)[1])
    total = next(planes)
    for plane in planes:
        total += plane
    return total


def _stored(chunk):
    arrays = chunk_arrays(chunk)
    entry = next(entry for entry in chunk.header["entries"] if entry["key"] == "planes")
    coding = entry["coding"]
    return arrays, PackedPlanes(arrays["planes"], arrays.pop(coding["escapes"]), np.asarray(coding["levels"]), entry["scale"], tuple(coding["shape"]))


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


def encode_map(content: MapContent, output: str, trajectory: int, values: MapPlanes, name: str, levels: int = LEVELS) -> EncodedMap:
    """One output's map in one trajectory as a chunk.

    Args:
        content: the map.
        output: the output's id.
        trajectory: its index.
        values: the numbers.
        name: of the chunk.
        levels: between zero and full colour; more are more exact, and larger.

    Raises:
        OutputError: if the numbers do not have the map's shape, or are not finite.
    """
    where = f"{content.id}, {output}, trajectory {trajectory}"
    _check(content, values, where)
    planes = _Planes(content, values)
    sums, largest, maxima = [], 0.0, np.zeros(len(values.planes), np.float32)
    for index, plane in enumerate(planes):
        magnitude = _largest(plane)
        if not np.isfinite(magnitude):
            raise OutputError(f"{where}: {'planes' if index < content.features else 'residual'} holds numbers that are not finite; check the checkpoint and the observations")
        largest = max(largest, magnitude)
        sums.append(plane.sum(axis=(1, 2), dtype=np.float64))
        if index < content.features:
            maxima = np.maximum(maxima, frame_maxima(plane[..., None]))
    sums = np.stack(sums, axis=1)
    packed = pack_planes(planes, display_scale(maxima), levels, largest)
    coding = {"kind": "pairs", "shape": packed.shape, "levels": packed.levels.tolist(), "escapes": "escapes"}
    entries = [
        ArrayEntry("planes", packed.pairs, packed.scale, {"coding": coding}),
        ArrayEntry("escapes", packed.escapes),
        ArrayEntry("sums", sums.astype(np.float32)),
        ArrayEntry("maxima", maxima),
    ]
    if content.completeness:
        entries.append(ArrayEntry("completeness", np.asarray(values.completeness, np.float32)))
    for key in ("memory", "lags"):
        if getattr(content, key):
            entries.append(ArrayEntry(key, np.asarray(getattr(values, key), np.float32)))
    if values.target is not None:
        entries.append(ArrayEntry("target", np.asarray(values.target, np.float32)))
    return EncodedMap(content.id, output, trajectory, array_chunk(name, entries), maxima)


def _check(content, values, where):
    frames = len(values.planes)
    expected = {"planes": (frames, content.height, content.width, content.features)}
    if content.residual:
        expected["residual"] = (frames, content.height, content.width, 1)
    if content.completeness:
        expected["completeness"] = (frames,)
    if content.memory:
        expected["memory"] = (frames,)
    if content.lags:
        expected["lags"] = (frames, content.lags)
    if values.target is not None:
        expected["target"] = (frames,)
    for name, shape in expected.items():
        found = getattr(values, name)
        if found is None or found.shape != shape:
            raise OutputError(f"{where}: {name} has shape {None if found is None else found.shape}, expected {shape}")
    for name in ("memory", "lags"):  # the planes are checked one at a time
        found = getattr(values, name)
        if found is not None and not np.isfinite(found).all():
            raise OutputError(f"{where}: {name} holds numbers that are not finite; check the checkpoint and the observations")


class _Planes(Sequence):
    """A map's planes and its residual, `(T, h, w)` each, read when asked for: they may lie in a file."""

    def __init__(self, content, values):
        self._features, self._values = content.features, values
        self._count = content.features + content.residual

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        if not 0 <= index < self._count:
            raise IndexError(index)
        return self._values.planes[..., index] if index < self._features else self._values.residual[..., 0]


def _largest(plane):
    """The largest magnitude; NaN if there is one. Needs no copy of the plane."""
    return float(np.maximum(plane.max(initial=0), -plane.min(initial=0)))
