"""A digest of plain values and arrays: equal for equal values, in any process."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np


def digest(value) -> str:
    """The SHA-256 of a value, 64 hexadecimal digits.

    Args:
        value: `None`, numbers, text, bytes, arrays, and sequences, mappings and dataclasses of such; the order of a
            mapping does not matter, that of a sequence does.

    Raises:
        TypeError: for anything else, such as a function.
    """
    state = hashlib.sha256()
    _feed(state, value)
    return state.hexdigest()


def _feed(state, value):
    if hasattr(value, "__array__"):
        array = np.ascontiguousarray(value)
        _feed_bytes(state, f"array {array.dtype.str} {np.shape(value)}", array.reshape(-1).view(np.uint8))
    elif value is None or isinstance(value, (bool, int, float, str)):
        _feed_bytes(state, type(value).__name__, repr(value).encode())
    elif isinstance(value, bytes):
        _feed_bytes(state, "bytes", value)
    elif is_dataclass(value):
        _feed(state, {item.name: getattr(value, item.name) for item in fields(value)})
    elif isinstance(value, Mapping):
        _feed_bytes(state, f"mapping {len(value)}", b"")
        for key in sorted(value, key=repr):
            _feed(state, key)
            _feed(state, value[key])
    elif isinstance(value, (tuple, list)):
        _feed_bytes(state, f"sequence {len(value)}", b"")
        for part in value:
            _feed(state, part)
    else:
        raise TypeError(f"there is no digest of {type(value).__name__}")


def _feed_bytes(state, kind, data):
    # The length keeps neighbours apart.
    state.update(f"{kind} {len(data)}\n".encode())
    state.update(data)
