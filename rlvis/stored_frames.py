"""Arrays with one entry for each of many frames, that are read some frames at a time; in a file where they are large."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rlvis.byte_file import ByteFile

_BLOCK_BYTES = 1 << 22


class StoredFrames:
    """An array `(T, …)` in a file: `frames[key]` reads, `frames[key] = values` writes, key a number, slice or array of frame numbers.

    Where it stands for an array as a whole (`np.asarray`, pickled for another process), all of it is read.

    Args:
        shape, dtype: of the array.
        file: where it is; a temporary file if `None`.
        start: its first byte there.

    Raises:
        OutputError: if a temporary file cannot be made, written or read.
    """

    def __init__(self, shape: tuple[int, ...], dtype, file: ByteFile | None = None, start: int = 0):
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)
        self._file, self._start = file or ByteFile.temporary(), start
        self._frame_bytes = self.dtype.itemsize * int(np.prod(self.shape[1:], dtype=np.int64))

    def __len__(self):
        return self.shape[0]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes of the whole array."""
        return self.shape[0] * self._frame_bytes

    def __getitem__(self, key) -> np.ndarray:
        if isinstance(key, slice):
            first, stop, step = key.indices(len(self))
            return self._read(first, stop) if step == 1 else self[np.arange(first, stop, step)]
        numbers = self._numbers(key)
        wanted, places = np.unique(numbers, return_inverse=True)
        found = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        for run in np.split(np.arange(len(wanted)), np.flatnonzero(np.diff(wanted) != 1) + 1) if len(wanted) else ():
            self._file.read(found[run[0] : run[-1] + 1], self._start + int(wanted[run[0]]) * self._frame_bytes)
        return found[places.reshape(numbers.shape)]

    def __setitem__(self, key, values) -> None:
        numbers = np.arange(*key.indices(len(self))) if isinstance(key, slice) else self._numbers(key)
        values = np.broadcast_to(np.asarray(values, self.dtype), (*numbers.shape, *self.shape[1:])).reshape(numbers.size, *self.shape[1:])
        numbers = numbers.ravel()
        for run in np.split(np.arange(len(numbers)), np.flatnonzero(np.diff(numbers) != 1) + 1) if len(numbers) else ():
            self._file.write(values[run[0] : run[-1] + 1], self._start + int(numbers[run[0]]) * self._frame_bytes)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self[:] if dtype is None else self[:].astype(dtype, copy=False)

    def __reduce__(self):
        return np.asarray, (self[:],)

    def _numbers(self, key):
        numbers = np.asarray(key)
        if numbers.dtype.kind not in "iu":
            raise IndexError(f"stored frames are read by frame numbers, not by {key!r}")
        numbers = np.where(numbers < 0, numbers + len(self), numbers).astype(np.int64)
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(self):
            raise IndexError(f"there are {len(self)} frames, but number {numbers.max()} or {numbers.min()} was asked for")
        return numbers

    def _read(self, first, stop):
        found = np.empty((max(0, stop - first), *self.shape[1:]), self.dtype)
        self._file.read(found, self._start + first * self._frame_bytes)
        return found


Frames = np.ndarray | StoredFrames


class ChosenFrames:
    """Some of the entries of an array, or of stored frames, as an array to be read in slices along the first axis."""

    def __init__(self, frames: Frames, numbers: np.ndarray):
        self._frames, self._numbers = frames, numbers
        self.shape, self.dtype = (len(numbers), *frames.shape[1:]), frames.dtype

    def __len__(self):
        return len(self._numbers)

    def __getitem__(self, part: slice) -> np.ndarray:
        return self._frames[self._numbers[part]]


def new_frames(shape: tuple[int, ...], dtype, limit: float) -> Frames:
    """An array `(T, …)` still to be written: in memory, or in a temporary file if it has more than `limit` bytes."""
    size = np.dtype(dtype).itemsize * int(np.prod(shape, dtype=np.int64))
    return np.empty(shape, dtype) if size <= limit or not ByteFile.possible() else StoredFrames(shape, dtype)


def blocks(array: Any) -> Iterator[np.ndarray]:
    """An array, or stored frames, as C-contiguous parts along the first axis of a few megabytes each; where they end depends on shape and type alone."""
    if array.ndim == 0:
        yield np.ascontiguousarray(array)
        return
    for part in block_slices(len(array), array.dtype.itemsize * int(np.prod(array.shape[1:], dtype=np.int64))):
        yield np.ascontiguousarray(array[part])


def block_slices(count: int, entry_bytes: int) -> Iterator[slice]:
    """Slices of `count` entries of so many bytes that are a few megabytes each."""
    size = max(1, _BLOCK_BYTES // max(1, entry_bytes))
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
