"""Frames as two-dimensional sheets: many frames in one picture, so that a trajectory is a few pictures.

A sheet holds tiles of one frame each, row by row. Browsers decode a sheet once and draw parts of it.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from rlvis.errors import OutputError
from rlvis.interface.chunks import Chunk, MediaEntry, media_chunk
from rlvis.interface.colors import feature_colors
from rlvis.interface.content import ObservationFormat

MAX_SIDE = 2048  # pixels: decoded in a moment, and 16 MB in memory
_WEBP_SIDE = 16383


@dataclass(frozen=True)
class SheetLayout:
    """How frames are laid out: tiles per row, rows per full sheet."""

    columns: int
    rows: int

    @property
    def capacity(self) -> int:
        """Frames on a full sheet."""
        return self.columns * self.rows


def sheet_layout(count: int, height: int, width: int) -> SheetLayout:
    """Nearly square sheets, none larger than `MAX_SIDE` a side unless a single frame is.

    Raises:
        OutputError: for frames too large for a picture.
    """
    if max(height, width) > _WEBP_SIDE:
        raise OutputError(f"frames of {height} × {width} pixels are too large for a picture; at most {_WEBP_SIDE} a side")
    most_columns, most_rows = max(1, MAX_SIDE // width), max(1, MAX_SIDE // height)
    columns = min(most_columns, max(1, math.ceil(math.sqrt(count * height / width))))
    return SheetLayout(columns, min(most_rows, math.ceil(count / columns)))


def sheet_chunk(name: str, frames, quality: int | None = None) -> Chunk:
    """Frames as a chunk of WebP sheets.

    Args:
        name: of the chunk.
        frames: `(T, H, W, 1 or 3)` uint8, or anything with that shape that gives such arrays when sliced along T.
        quality: 0 to 100 for lossy pictures; lossless if `None`.
    """
    count, height, width = frames.shape[:3]
    layout = sheet_layout(count, height, width)
    entries = []
    for first in range(0, count, layout.capacity):
        part = np.asarray(frames[first : first + layout.capacity])
        sheet = tile(part, layout.columns)
        extra = {"columns": layout.columns, "rows": sheet.shape[0] // height, "count": len(part), "first": first}
        entries.append(MediaEntry(f"sheet-{len(entries)}", "image/webp", encode_webp(sheet, quality), extra))
    return media_chunk(name, entries)


def tile(frames: np.ndarray, columns: int) -> np.ndarray:
    """Frames side by side, row by row, black where the last row is not full.

    Args:
        frames: `(T, H, W, C)`.
        columns: tiles in a row.

    Returns:
        `(rows · H, columns · W, C)`.
    """
    count, height, width, channels = frames.shape
    rows = math.ceil(count / columns)
    padded = np.zeros((rows * columns, height, width, channels), frames.dtype)
    padded[:count] = frames
    return padded.reshape(rows, columns, height, width, channels).swapaxes(1, 2).reshape(rows * height, columns * width, channels)


def encode_webp(picture: np.ndarray, quality: int | None = None) -> bytes:
    """A picture `(H, W, 1 or 3)` uint8 as WebP; lossless if `quality` is `None`."""
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).convert("RGB")
    file = io.BytesIO()
    options = {"lossless": True, "quality": 80, "method": 4} if quality is None else {"quality": quality, "method": 4}
    image.save(file, "WEBP", **options)
    return file.getvalue()


def picture_channels(observation: ObservationFormat) -> int:
    """Channels of the pictures of observations: 1 for grey ones, else 3."""
    return 1 if observation.channels == 1 else 3


def pictures(observations: np.ndarray, observation: ObservationFormat) -> np.ndarray:
    """Observations as a person may see them.

    Of a stack, the newest frame. Grey and RGB frames as they are. Frames with another number of channels (the planes
    of a board game, the objects of MinAtar) get one feature colour per channel, and where several channels are active
    the largest value of each colour component counts.

    Args:
        observations: `(T, H, W, stack · channels)`: uint8, bool, or floating point between `low` and `high`.
        observation: their layout.

    Returns:
        `(T, H, W, 1 or 3)` uint8.

    Raises:
        OutputError: if the observations do not have that layout.
    """
    expected = (observation.height, observation.width, observation.stack * observation.channels)
    if observations.shape[1:] != expected:
        raise OutputError(f"observations have shape {observations.shape[1:]}, expected {expected} (height, width, stack · channels)")
    newest = observations[..., -observation.channels :]
    if observation.channels in (1, 3):
        return _as_bytes(newest, observation)
    levels = _as_bytes(newest, observation)
    colors = feature_colors(observation.channels)
    colors = colors / colors.max(axis=1, keepdims=True)
    mixed = np.zeros((*newest.shape[:-1], 3), np.uint8)
    for channel, color in enumerate(colors):
        np.maximum(mixed, np.rint(levels[..., channel, None] * color).astype(np.uint8), out=mixed)
    return mixed


class _ShownPictures:
    """The pictures of observations, made of the part that is asked for."""

    def __init__(self, observations, observation):
        self._observations, self._observation = observations, observation
        self.shape = (len(observations), *pictures(observations[:1], observation).shape[1:])

    def __getitem__(self, frames):
        return pictures(self._observations[frames], self._observation)


def shown_pictures(observations, observation: ObservationFormat) -> _ShownPictures:
    """As `pictures`, for `sheet_chunk`: made some at a time, of an array or of anything that gives such when sliced."""
    return _ShownPictures(observations, observation)


def read_sheets(entries: Sequence[dict], media: dict[str, bytes], height: int, width: int) -> np.ndarray:
    """The frames on sheets, `(T, H, W, 3)` uint8: the inverse of `sheet_chunk`, for tests and other readers."""
    frames = []
    for entry in entries:
        sheet = np.asarray(Image.open(io.BytesIO(media[entry["key"]])).convert("RGB"))
        tiles = sheet.reshape(entry["rows"], height, entry["columns"], width, 3).swapaxes(1, 2)
        frames.append(tiles.reshape(-1, height, width, 3)[: entry["count"]])
    return np.concatenate(frames)


def _as_bytes(values, observation):
    if values.dtype == np.uint8:
        return values
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    unit = (values.astype(np.float32) - observation.low) / (observation.high - observation.low)
    return np.rint(255 * np.clip(unit, 0, 1)).astype(np.uint8)
