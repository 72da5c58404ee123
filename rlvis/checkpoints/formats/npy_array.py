"""NumPy's `.npy` format, for the members of archives."""

import io

import numpy as np

from rlvis.checkpoints.arrays import array_from_bytes, number_type
from rlvis.errors import CheckpointError

MAGIC = b"\x93NUMPY"


def read_npy(data: bytes) -> np.ndarray:
    """The array in the bytes of a `.npy` file.

    Raises:
        CheckpointError: if they are damaged, or the array is not of plain numbers.
    """
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
        if read is None:
            raise ValueError(f"version {version}")
        shape, fortran, kind = read(stream, max_header_size=4096)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, OverflowError, EOFError) as error:
        raise CheckpointError(f"an array in the archive has a damaged header ({str(error)[:100]})") from error
    return array_from_bytes(data[stream.tell() :], number_type(kind.str), shape, "F" if fortran else "C")
