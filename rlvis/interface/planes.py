"""The map of one output in one trajectory as a chunk, and back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlvis.errors import OutputError
from rlvis.interface.chunks import ArrayEntry, Chunk, array_chunk, chunk_arrays
from rlvis.interface.content import MapContent, MapPlanes
from rlvis.interface.packed_planes import LEVELS, MOST_IN_MEMORY, PackedPlanes, UnpackedPlanes, frame_blocks, largest_magnitude, pack_planes
from rlvis.interface.scales import display_scale, frame_maxima


@dataclass(frozen=True)
class EncodedMap:
    """The map of one output in one trajectory, ready to be written; small enough to be sent between processes.

    Attributes:
        map_id, output, trajectory: which.
        chunk: the numbers.
        maxima: `(T,)`, from which scales are found.
        largest_sum: the largest magnitude of a plane's sum over positions.
    """

    map_id: str
    output: str
    trajectory: int
    chunk: Chunk
    maxima: np.ndarray
    largest_sum: float


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
    largest, maxima, sums = 0.0, np.zeros(len(values.planes), np.float32), np.empty((len(values.planes), len(planes)))
    for index, plane in enumerate(planes):
        for part in frame_blocks(plane.shape):
            numbers = plane[part]
            magnitude = largest_magnitude(numbers)
            if not np.isfinite(magnitude):
                raise OutputError(f"{where}: {'planes' if index < content.features else 'residual'} holds numbers that are not finite; check the checkpoint and the observations")
            largest = max(largest, magnitude)
            sums[part, index] = numbers.sum(axis=(1, 2), dtype=np.float64)
            if index < content.features:
                maxima[part] = np.maximum(maxima[part], frame_maxima(numbers[..., None]))
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
    return EncodedMap(content.id, output, trajectory, array_chunk(name, entries), maxima, float(np.abs(sums.astype(np.float32)).max()))


def decode_map(chunk: Chunk) -> dict[str, np.ndarray]:
    """The arrays of a map's chunk by key, its planes unpacked: `(K', T, h, w)` float32, the residual last."""
    arrays, planes = _stored(chunk)
    return {**arrays, "planes": planes[:]}


class DecodedSum:
    """The sum of a map's planes, residual included: `total[frames]`, frames a slice, is `(t, h, w)` float32.

    Args:
        chunk: the map's.
    """

    def __init__(self, chunk: Chunk):
        self._planes = _stored(chunk)[1]

    def __len__(self):
        return len(self._planes)

    def __getitem__(self, frames: slice) -> np.ndarray:
        planes = self._planes.each(frames)
        total = next(planes)
        for plane in planes:
            total += plane
        return total


def _stored(chunk):
    arrays = chunk_arrays(chunk, MOST_IN_MEMORY)
    entry = next(entry for entry in chunk.header["entries"] if entry["key"] == "planes")
    coding = entry["coding"]
    return arrays, UnpackedPlanes(PackedPlanes(arrays["planes"], arrays.pop(coding["escapes"]), np.asarray(coding["levels"]), entry["scale"], tuple(coding["shape"])))


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
    """A map's planes and its residual, `(T, h, w)` each."""

    def __init__(self, content, values):
        self._features, self._values = content.features, values
        self._count = content.features + content.residual

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        if not 0 <= index < self._count:
            raise IndexError(index)
        return _Plane(self._values.planes, index) if index < self._features else _Plane(self._values.residual, 0)


class _Plane:
    """One plane, read when some frames of it are asked for: it may lie in a file."""

    def __init__(self, planes, feature):
        self._planes, self._feature, self.shape = planes, feature, tuple(planes.shape[:3])

    def __getitem__(self, frames):
        return self._planes[frames, ..., self._feature]
