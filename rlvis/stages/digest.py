"""A digest of plain values and arrays: equal for equal values, in any process."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np

from rlvis.stored_frames import StoredFrames, blocks


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
        array = value if isinstance(value, StoredFrames) else np.asarray(value)
        _feed_bytes(state, f"array {array.dtype.str} {array.shape}", array.nbytes, (block.reshape(-1).view(np.uint8) for block in blocks(array)))
    elif value is None or isinstance(value, (bool, int, float, str)):
        _feed_bytes(state, type(value).__name__, *_whole(repr(value).encode()))
    elif isinstance(value, bytes):
        _feed_bytes(state, "bytes", *_whole(value))
    elif is_dataclass(value):
        _feed(state, {item.name: getattr(value, item.name) for item in fields(value)})
    elif isinstance(value, Mapping):
        _feed_bytes(state, f"mapping {len(value)}", 0, ())
        for key in sorted(value, key=repr):
            _feed(state, key)
            _feed(state, value[key])
    elif isinstance(value, (tuple, list)):
        _feed_bytes(state, f"sequence {len(value)}", 0, ())
        for part in value:
            _feed(state, part)
    else:
        raise TypeError(f"there is no digest of {type(value).__name__}")


def _whole(data):
    return len(data), (data,)


def _feed_bytes(state, kind, length, parts):
    # The length keeps neighbours apart.
    state.update(f"{kind} {length}\n".encode())
    for part in parts:
        state.update(part)
