"""Numbers of many frames, written frame by frame and read feature by feature; in a temporary file where they are many."""

import numpy as np

from rlvis.byte_file import ByteFile


class StoredPlanes:
    """Like an array `(N, h, w, K)` float32 that is written as `planes[frames] = values`, frames a slice, and read as `planes[frames, ..., k]`.

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
        self._file = None
        if 4 * count * height * width * features <= limit or not ByteFile.possible():
            self._planes = np.empty((features, count, height, width), np.float32)
        else:
            self._file = ByteFile.temporary()

    def __len__(self):
        return self.shape[0]

    def __setitem__(self, frames: slice, values) -> None:
        values = np.asarray(values, np.float32)
        expected = (frames.stop - frames.start, *self.shape[1:])
        if values.shape != expected:
            raise ValueError(f"frames {frames.start} to {frames.stop} have shape {expected}, not {values.shape}")
        for feature in range(self.shape[3]):
            plane = values[..., feature]
            if self._file is None:
                self._planes[feature, frames] = plane
            else:
                self._file.write(plane, self._offset(feature, frames.start))

    def __getitem__(self, key) -> np.ndarray:
        """`planes[..., k]`, `(N, h, w)`, or `planes[frames, ..., k]`, frames a slice; a copy, or read-only."""
        frames, everything, feature = key if len(key) == 3 else (slice(None), *key)
        if everything is not Ellipsis or not isinstance(frames, slice) or not 0 <= feature < self.shape[3]:
            raise IndexError(f"stored planes are read as planes[..., k] or planes[frames, ..., k], k from 0 to {self.shape[3] - 1}")
        if self._file is None:
            plane = self._planes[feature, frames].view()
            plane.flags.writeable = False
            return plane
        first, stop, _ = frames.indices(len(self))
        plane = np.empty((max(0, stop - first), *self.shape[1:3]), np.float32)
        self._file.read(plane, self._offset(feature, first))
        return plane

    def _offset(self, feature, frame):
        return 4 * (feature * self.shape[0] + frame) * self.shape[1] * self.shape[2]
