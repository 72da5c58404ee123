"""MessagePack, as far as flax writes it: maps, lists, numbers, text, and arrays as extensions.

A decoder of a page, because libraries reserve memory for as many items as a header claims; this one takes only what is
there.
"""

import struct

from rlvis.checkpoints.arrays import array_from_bytes, number_type
from rlvis.checkpoints.limits import MAXIMUM_DEPTH, MAXIMUM_INSTRUCTIONS
from rlvis.errors import CheckpointError

_NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
# Kind of item and bytes of its length, by the byte that starts it.
_SIZED = {
    0xC4: ("bytes", 1), 0xC5: ("bytes", 2), 0xC6: ("bytes", 4), 0xC7: ("extension", 1), 0xC8: ("extension", 2), 0xC9: ("extension", 4),
    0xD9: ("text", 1), 0xDA: ("text", 2), 0xDB: ("text", 4), 0xDC: ("list", 2), 0xDD: ("list", 4), 0xDE: ("map", 2), 0xDF: ("map", 4),
}  # fmt: skip
_ARRAY, _SCALAR = 1, 3


def unpack(data: bytes):
    """The one value that `data` is.

    Returns:
        Dictionaries, lists, numbers, texts, bytes, and arrays.

    Raises:
        CheckpointError: if it is damaged, or something follows it.
    """
    reader = _Reader(data)
    try:
        value = reader.value(0)
    except (IndexError, struct.error, UnicodeDecodeError, TypeError, ValueError) as error:
        raise CheckpointError("the MessagePack data are damaged or truncated") from error
    if reader.position != len(data):
        raise CheckpointError("something follows the MessagePack data; the file is damaged")
    return value


class _Reader:
    def __init__(self, data):
        self.data = memoryview(data)
        self.position = 0
        self.count = 0

    def take(self, size):
        end = self.position + size
        if end > len(self.data):
            raise IndexError("truncated")
        piece, self.position = self.data[self.position : end], end
        return piece

    def value(self, depth):
        self.count += 1
        if depth > MAXIMUM_DEPTH or self.count > MAXIMUM_INSTRUCTIONS:
            raise CheckpointError("the MessagePack data nest deeper, or have more values, than a checkpoint does")
        first = self.take(1)[0]
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first < 0xC0:
            kind, size = ("map", first & 15) if first < 0x90 else ("list", first & 15) if first < 0xA0 else ("text", first & 31)
            return getattr(self, kind)(size, depth)
        if first in _CONSTANTS:
            return _CONSTANTS[first]
        if first in _NUMBERS:
            return struct.unpack(_NUMBERS[first], self.take(struct.calcsize(_NUMBERS[first])))[0]
        if first in _SIZED:
            kind, width = _SIZED[first]
            return getattr(self, kind)(int.from_bytes(self.take(width), "big"), depth)
        if 0xD4 <= first <= 0xD8:
            return self.extension(1 << (first - 0xD4), depth)
        raise ValueError("a byte that starts nothing")

    def text(self, size, _):
        return str(self.take(size), "utf-8")

    def bytes(self, size, _):
        return bytes(self.take(size))

    def list(self, size, depth):
        items = []
        for _ in range(size):
            items.append(self.value(depth + 1))
        return items

    def map(self, size, depth):
        items = {}
        for _ in range(size):
            key = self.value(depth + 1)
            if not isinstance(key, (str, int)):
                raise ValueError("a key that is neither text nor number")
            items[str(key)] = self.value(depth + 1)
        return items

    def extension(self, size, depth):
        kind = self.take(1)[0]
        piece = self.take(size)
        if kind not in (_ARRAY, _SCALAR):
            raise ValueError("an extension that flax does not write")
        inner = _Reader(piece)
        shape, name, data = inner.value(depth + 1)
        array = array_from_bytes(data, number_type(name), shape)
        return array if kind == _ARRAY else array.reshape(())[()].item()
