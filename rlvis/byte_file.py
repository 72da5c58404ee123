"""Bytes in a file, read and written at their places: a temporary one that nobody sees, or one that is there."""

import os
import tempfile
import weakref
from typing import BinaryIO

import numpy as np

from rlvis.errors import OutputError

_MOST_AT_ONCE = 1 << 30


class ByteFile:
    """An open file, closed when this is gone; several threads may read it at once.

    Args:
        descriptor: of the open file; its own from now on.
    """

    def __init__(self, descriptor: int):
        self._descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    @staticmethod
    def possible() -> bool:
        """Whether this system reads and writes files at given places."""
        return hasattr(os, "preadv") and hasattr(os, "pwrite")

    @classmethod
    def temporary(cls) -> "ByteFile":
        """A new file that nobody sees and that is gone when this is, or its process.

        Raises:
            OutputError: if it cannot be made.
        """
        try:
            with tempfile.TemporaryFile(dir=_folder()) as file:
                return cls(os.dup(file.fileno()))
        except OSError as error:
            raise OutputError(f"cannot make a temporary file in {_folder()}: {error.strerror or error}; set TMPDIR to a folder on a disk") from error

    @classmethod
    def opened(cls, stream: BinaryIO) -> "ByteFile":
        """The file of an open stream, whatever becomes of the stream and of the file's name."""
        return cls(os.dup(stream.fileno()))

    def write(self, values: np.ndarray, offset: int) -> None:
        """Write the bytes of an array, in C order, from an offset on.

        Raises:
            OutputError: if the disk is full, or fails.
        """
        view = memoryview(np.ascontiguousarray(values).reshape(-1).view(np.uint8))
        try:
            while len(view):
                written = os.pwrite(self._descriptor, view[:_MOST_AT_ONCE], offset)
                view, offset = view[written:], offset + written
        except OSError as error:
            raise OutputError(f"cannot write to a temporary file in {_folder()}: {error.strerror or error}; set TMPDIR to a folder with room, or raise --memory-budget") from error

    def read(self, into: np.ndarray, offset: int) -> None:
        """Fill a C-contiguous array with the bytes from an offset on.

        Raises:
            OutputError: if there are too few, or they cannot be read.
        """
        view = memoryview(into.reshape(-1).view(np.uint8))
        try:
            while len(view):
                count = os.preadv(self._descriptor, [view[:_MOST_AT_ONCE]], offset)
                if not count:
                    raise OutputError("a temporary file is shorter than what was written to it")
                view, offset = view[count:], offset + count
        except OSError as error:
            raise OutputError(f"cannot read back what was kept in a file: {error.strerror or error}; run the same command again") from error


def _folder():
    """$TMPDIR, else /var/tmp, which is on a disk where /tmp may be in memory."""
    return os.environ.get("TMPDIR") or ("/var/tmp" if os.path.isdir("/var/tmp") else tempfile.gettempdir())
