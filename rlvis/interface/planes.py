"""Signed attribution planes in one byte a value.

Every plane (feature, or residual) of one trajectory has its own step: `stored = round(x / step)`,
`step = max |x| / 127` over its frames and positions. So no value is off by more than half a step, that is by more than
`max |x| / 254`, and zero stays zero. Sums over positions and the maxima of frames are stored beside it, exactly.
"""

from dataclasses import dataclass

import numpy as np

from rlvis.errors import OutputError
from rlvis.interface.chunks import ArrayEntry, Chunk, array_chunk
from rlvis.interface.content import MapContent, MapPlanes
from rlvis.interface.scales import frame_maxima


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


def quantise(plane: np.ndarray) -> tuple[np.ndarray, float]:
    """Values in steps of `max |x| / 127`.

    Args:
        plane: any shape, float32.

    Returns:
        int8 of the same shape, and the step (1 for a plane of zeros); `stored · step` is within half a step.
    """
    largest = float(max(plane.max(initial=0), -plane.min(initial=0)))
    step = largest / 127
    if step == 0:  # a plane of zeros, or one so faint that it has no step
        return np.zeros(plane.shape, np.int8), 1.0
    return np.rint(plane * np.float32(1 / step)).clip(-127, 127).astype(np.int8), step


def encode_map(content: MapContent, output: str, trajectory: int, values: MapPlanes, name: str) -> EncodedMap:
    """One output's map in one trajectory as a chunk.

    Args:
        content: the map.
        output: the output's id.
        trajectory: its index.
        values: the numbers.
        name: of the chunk.

    Raises:
        OutputError: if the numbers do not have the map's shape, or are not finite.
    """
    _check(content, values, f"{content.id}, {output}, trajectory {trajectory}")
    sources = [values.planes[..., feature] for feature in range(content.features)]
    if content.residual:
        sources.append(values.residual[..., 0])
    stored = np.empty((len(sources), *values.planes.shape[:3]), np.int8)
    steps, sums = [], np.empty((len(values.planes), len(sources)), np.float32)
    for index, source in enumerate(sources):
        source = np.asarray(source, np.float32)
        stored[index], step = quantise(source)
        steps.append(step)
        sums[:, index] = source.sum(axis=(1, 2), dtype=np.float64)
    maxima = frame_maxima(values.planes)
    entries = [ArrayEntry("planes", stored, steps), ArrayEntry("sums", sums), ArrayEntry("maxima", maxima)]
    if content.completeness:
        entries.append(ArrayEntry("completeness", np.asarray(values.completeness, np.float32)))
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
    if values.target is not None:
        expected["target"] = (frames,)
    for name, shape in expected.items():
        found = getattr(values, name)
        if found is None or found.shape != shape:
            raise OutputError(f"{where}: {name} has shape {None if found is None else found.shape}, expected {shape}")
    for name in ("planes", "residual"):
        found = getattr(values, name)
        # min and max pass NaN on, and need no copy of the planes.
        if found is not None and not np.isfinite([found.min(), found.max()]).all():
            raise OutputError(f"{where}: {name} holds numbers that are not finite; check the checkpoint and the observations")
