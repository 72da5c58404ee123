"""Numbers of many frames, written frame by frame and read feature by feature; in a temporary file where they are many."""

import os
import tempfile
import weakref

import numpy as np

from rlvis.errors import OutputError


class StoredPlanes:
    """Like an array `(N, h, w, K)` float32 that is written as `planes[frames] = values`, frames a slice, and read as `planes[..., k]`.

    Args:
        shape: `(N, h, w, K)`.
        limit: bytes that may be held in memory; with more, the numbers go to a file that nobody sees and that is gone
            when this is, or its process.

    Raises:
        OutputError: if that file cannot be made or written.
    """

    def __init__(self, shape: tuple[int, int, int, int], limit: float):
        self.shape = tuple(shape)
        count, height, width, features = self.shape
        self._in_memory = 4 * count * height * width * features <= limit or not hasattr(os, "pwrite")
        if self._in_memory:
            self._planes = np.empty((features, count, height, width), np.float32)
        else:
            try:
                with tempfile.TemporaryFile(dir=_folder()) as file:
                    self._descriptor = os.dup(file.fileno())
            except OSError as error:
                raise OutputError(f"cannot make a temporary file in {_folder()}: {error.strerror or error}; set TMPDIR to a folder on a disk") from error
            weakref.finalize(self, os.close, self._descriptor)

    def __len__(self):
        return self.shape[0]

    def __setitem__(self, frames: slice, values) -> None:
        values = np.asarray(values, np.float32)
        expected = (frames.stop - frames.start, *self.shape[1:])
        if values.shape != expected:
            raise ValueError(f"frames {frames.start} to {frames.stop} have shape {expected}, not {values.shape}")
        for feature in range(self.shape[3]):
            plane = values[..., feature]
            if self._in_memory:
                self._planes[feature, frames] = plane
            else:
                self._write(np.ascontiguousarray(plane), feature * self.shape[0] + frames.start)

    def __getitem__(self, key) -> np.ndarray:
        """`planes[..., k]`, `(N, h, w)`; a copy, or read-only."""
        everything, feature = key
        if everything is not Ellipsis or not 0 <= feature < self.shape[3]:
            raise IndexError(f"stored planes are read as planes[..., k], k from 0 to {self.shape[3] - 1}")
        if self._in_memory:
            plane = self._planes[feature].view()
            plane.flags.writeable = False
            return plane
        return self._read(feature * self.shape[0], self.shape[0])

    def _offset(self, frame):
        return 4 * frame * self.shape[1] * self.shape[2]

    def _write(self, plane, first):
        view, offset = memoryview(plane.reshape(-1).view(np.uint8)), self._offset(first)
        try:
            while len(view):
                written = os.pwrite(self._descriptor, view[: 1 << 30], offset)
                view, offset = view[written:], offset + written
        except OSError as error:
            raise OutputError(f"cannot write to a temporary file in {_folder()}: {error.strerror or error}; set TMPDIR to a folder with room, or raise --memory-budget") from error

    def _read(self, first, count):
        plane = np.empty((count, *self.shape[1:3]), np.float32)
        view, offset = memoryview(plane.reshape(-1).view(np.uint8)), self._offset(first)
        while len(view):
            read = os.preadv(self._descriptor, [view[: 1 << 30]], offset)
            if not read:
                raise OutputError("a temporary file is shorter than what was written to it")
            view, offset = view[read:], offset + read
        return plane


def _folder():
    """$TMPDIR, else /var/tmp, which is on a disk where /tmp may be in memory."""
    return os.environ.get("TMPDIR") or ("/var/tmp" if os.path.isdir("/var/tmp") else tempfile.gettempdir())
