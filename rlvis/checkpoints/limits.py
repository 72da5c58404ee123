"""How much work one file may cause: everything is bounded by the file's own size."""

from rlvis.errors import CheckpointError

# Weights hardly compress; a hundredfold leaves room for files of zeros and none for bombs.
EXPANSION = 100
FREE_BYTES = 1 << 20

# A sparse file takes no room on a disk, but all of its size in memory.
MAXIMUM_FILE_BYTES = 8 << 30
MAXIMUM_INSTRUCTIONS = 500_000
MAXIMUM_DEPTH = 64
MAXIMUM_NODES = 200_000
# Names under which one and the same part of a network is looked at.
MAXIMUM_NAMES = 4
MAXIMUM_DIMENSIONS = 16


class Budget:
    """The bytes that reading one file may unpack and allocate: 1 MiB and a hundred times its size.

    Attributes:
        limit: bytes in all.
        spent: bytes so far.
    """

    def __init__(self, file_size: int):
        self.limit = FREE_BYTES + EXPANSION * file_size
        self.spent = 0

    @property
    def left(self) -> int:
        """Bytes that may still be spent."""
        return self.limit - self.spent

    def spend(self, count: int, what: str) -> None:
        """Count `count` more bytes, before they are allocated.

        Raises:
            CheckpointError: if that is more than a file of this size can need.
        """
        if count < 0 or count > self.left:
            raise CheckpointError(f"{what} claims {count} bytes, more than a file of this size can hold; the file is damaged or hostile")
        self.spent += count
