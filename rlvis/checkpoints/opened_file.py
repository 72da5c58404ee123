"""A file as the formats see it: its size, its first bytes, and a budget for reading it."""

import hashlib
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rlvis.checkpoints.limits import MAXIMUM_FILE_BYTES, Budget
from rlvis.errors import CheckpointError

PREFIX_BYTES = 4096


@dataclass(frozen=True)
class OpenedFile:
    """A checkpoint that exists.

    Attributes:
        path: where.
        is_directory: whether it is one.
        size: bytes, 0 for a directory.
        prefix: the first bytes.
        budget: bounds what reading it may cost.
        found: what formats have found out about it, so that the next need not look again.
    """

    path: Path
    is_directory: bool
    size: int
    prefix: bytes
    budget: Budget
    found: dict = field(default_factory=dict, compare=False)

    @cached_property
    def data(self) -> bytes:
        """The whole file, read once."""
        self.budget.spend(self.size, "the file")
        try:
            with open(self.path, "rb") as stream:
                return stream.read(self.size)
        except MemoryError as error:
            raise CheckpointError(f"{self.path} has {self.size} bytes, more than there is memory for") from error

    @property
    def sha256(self) -> str | None:
        """The file's hash, `None` for a directory."""
        return None if self.is_directory else hashlib.sha256(self.data).hexdigest()


def open_file(path) -> OpenedFile:
    """Look at a path; nothing is interpreted yet.

    Raises:
        CheckpointError: if there is nothing, or nothing that can be read, or an empty file.
    """
    path = Path(path)
    try:
        if path.is_dir():
            size = sum(entry.stat().st_size for entry in _files_below(path))
            return OpenedFile(path, True, 0, b"", Budget(size))
        if not path.exists():
            raise CheckpointError(f"there is no file {path}; give the path of a checkpoint")
        if not path.is_file():
            raise CheckpointError(f"{path} is not a regular file; give the path of a checkpoint")
        with open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            prefix = stream.read(PREFIX_BYTES)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if size == 0:
        raise CheckpointError(f"{path} is empty; a checkpoint was expected (an interrupted download or save?)")
    if size > MAXIMUM_FILE_BYTES:
        raise CheckpointError(f"{path} has {size} bytes; files of up to {MAXIMUM_FILE_BYTES >> 30} GiB are read: save the agent without its replay buffer")
    return OpenedFile(path, False, size, prefix, Budget(size))


def _files_below(directory: Path):
    for count, entry in enumerate(directory.rglob("*")):
        if count > 100_000:
            raise CheckpointError(f"{directory} holds more than 100000 files; give the path of a checkpoint")
        if entry.is_file():
            yield entry
