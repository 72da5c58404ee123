"""Arrays out of bytes that may lie: checked number types, shapes and sizes."""

import re
from math import prod

import numpy as np

from rlvis.checkpoints.limits import MAXIMUM_DIMENSIONS
from rlvis.errors import CheckpointError

_NUMBER_TYPE = re.compile(r"[<>=|]?(b1|[iu][1248]|f[248])")
_NAMES = {
    "bool": "b1", "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8", "uint8": "u1", "uint16": "u2", "uint32": "u4",
    "uint64": "u8", "float16": "f2", "float32": "f4", "float64": "f8",
}  # fmt: skip
BFLOAT16 = "bfloat16"


def number_type(name) -> np.dtype | str:
    """The NumPy type of a number type's name or code, or "bfloat16", which NumPy lacks.

    Raises:
        CheckpointError: for anything that is not a plain number: Python objects, strings, records.
    """
    if name == BFLOAT16:
        return BFLOAT16
    code = _NAMES.get(name, name) if isinstance(name, str) else None
    if code is None or not _NUMBER_TYPE.fullmatch(code):
        raise CheckpointError(f"there is an array of type {brief(name)}; only arrays of plain numbers are read")
    return np.dtype(code)


def brief(value) -> str:
    """A short text for a message; never more work than a few characters, whatever the value."""
    if isinstance(value, str):
        return repr(value[:60])
    return str(value) if isinstance(value, (bool, float)) or (isinstance(value, int) and value.bit_length() < 200) else f"of kind {type(value).__name__}"


def item_size(kind) -> int:
    """Bytes of one number."""
    return 2 if isinstance(kind, str) else kind.itemsize


def checked_shape(shape) -> tuple[int, ...]:
    """A shape as a tuple of non-negative integers.

    Raises:
        CheckpointError: if it is none.
    """
    if isinstance(shape, int) and not isinstance(shape, bool):
        shape = (shape,)
    fits = isinstance(shape, (tuple, list)) and len(shape) <= MAXIMUM_DIMENSIONS
    if not fits or not all(isinstance(n, int) and 0 <= n < 1 << 40 for n in shape):
        raise CheckpointError("an array has an impossible shape: not a few whole numbers from 0 up")
    return tuple(int(n) for n in shape)


def array_from_bytes(data, kind, shape, order="C") -> np.ndarray:
    """The array of number type `kind` and shape `shape` that `data` holds, which must be exactly as long as that takes.

    Raises:
        CheckpointError: if it is not.
    """
    shape = checked_shape(shape)
    expected = prod(shape) * item_size(kind)
    if len(data) != expected:
        raise CheckpointError(f"an array of shape {shape} takes {expected} bytes, but there are {len(data)}")
    if isinstance(kind, str):
        halves = np.frombuffer(data, "<u2").astype("<u4") << 16
        return halves.view("<f4").reshape(shape, order=order)
    return np.frombuffer(data, kind).reshape(shape, order=order)
