"""NumPy's `.npy` format, for the members of archives."""

import re

import numpy as np

from rlvis.checkpoints.arrays import array_from_bytes, number_type
from rlvis.errors import CheckpointError

_MAGIC = b"\x93NUMPY"
_LARGEST_HEADER = 4096
# The header is a Python dictionary; its entries are looked for instead of evaluating it.
_TYPE = re.compile(r"'descr':\s*'([^']{1,16})'")
_ORDER = re.compile(r"'fortran_order':\s*(True|False)")
_SHAPE = re.compile(r"'shape':\s*\(([\d,\s]{0,400})\)")


def read_npy(data: bytes) -> np.ndarray:
    """The array in the bytes of a `.npy` file.

    Raises:
        CheckpointError: if they are damaged, or the array is not of plain numbers.
    """
    width = {1: 2, 2: 4, 3: 4}.get(data[6] if len(data) > 8 else 0)
    if not data.startswith(_MAGIC) or width is None:
        raise CheckpointError("a member of the archive is no array of NumPy's; the file is damaged")
    start = 8 + width
    length = int.from_bytes(data[8:start], "little")
    if length > _LARGEST_HEADER:
        raise CheckpointError(f"an array in the archive has a header of {length} bytes; the file is damaged")
    header = data[start : start + length].decode("latin1")
    kind, order, shape = _TYPE.search(header), _ORDER.search(header), _SHAPE.search(header)
    if not (kind and order and shape):
        raise CheckpointError("an array in the archive is of Python objects or records, or its header is damaged; only arrays of plain numbers are read")
    sizes = tuple(int(n) for n in shape.group(1).replace(" ", "").split(",") if n)
    return array_from_bytes(data[start + length :], number_type(kind.group(1)), sizes, "F" if order.group(1) == "True" else "C")
