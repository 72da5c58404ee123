"""Chunks: pieces of binary data that the page loads when it needs them.

A page opened from disk may not read files, but it may run scripts. So a chunk is a script that hands its data over,
`rlvis.chunk("NAME", {HEADER}, "TEXT");`, or, in a single-file page, an inert block of text in the page. The body is one
little-endian blob, written as text (`base91.py`): arrays one after the other (deflated, the browser inflates them itself),
or encoded pictures. The header has the chunk's name, whether it is deflated, its bytes, those stored as text, and its
entries: key, dtype, shape, offset and perhaps scale of an array, key, media, offset and length of a picture.
"""

import io
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rlvis.errors import OutputError
from rlvis.interface import base91
from rlvis.stored_frames import Frames, block_slices, blocks, new_frames

DTYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32")
_ALIGNMENT = 8  # typed arrays in the browser must start at multiples of their element size


@dataclass(frozen=True)
class ArrayEntry:
    """An array in a chunk.

    Attributes:
        key: its name within the chunk.
        array: of one of `DTYPES`.
        scale: what stored values are multiplied by, one number or one per leading index; `None` for 1.
        extra: further plain data for the header, such as a label.
    """

    key: str
    array: Frames
    scale: float | Sequence[float] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MediaEntry:
    """An encoded picture in a chunk: its key, media type, bytes, and further plain data for the header."""

    key: str
    media: str
    data: bytes
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Chunk:
    """A chunk ready to be written.

    Attributes:
        name: what the page asks for.
        header: describes the body, as in the view model's documentation.
        body: deflated arrays, or pictures.
    """

    name: str
    header: Mapping[str, Any]
    body: bytes

    def script(self) -> str:
        """The chunk as the text of a script file."""
        return "".join(self.pieces())

    def block(self) -> str:
        """The chunk as the text of an inert block in a page."""
        return "".join(self.pieces(block=True))

    def pieces(self, block: bool = False) -> Iterator[str]:
        """As `script` or `block`, piece by piece."""
        header = escaped_json(self.header)
        yield f"{header}\n" if block else f'rlvis.chunk({escaped_json(self.name)}, {header}, "'
        yield from base91.encoded_pieces(self.body)
        if not block:
            yield '");\n'


def escaped_json(value) -> str:
    """JSON that can stand in a script, in a page and between quotes of any kind: `<`, `>`, `&`, `'`, and all that is not ASCII escaped.

    Raises:
        OutputError: for numbers JSON does not have (NaN, infinity).
    """
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise OutputError(f"a number for the page is not finite: {error}") from error
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def array_chunk(name: str, entries: Sequence[ArrayEntry], level: int = 7) -> Chunk:
    """A chunk of arrays, deflated.

    Args:
        name: of the chunk.
        entries: the arrays.
        level: zlib's effort, 1 to 9.

    Raises:
        OutputError: if an array has a type that chunks cannot hold, or its scale the wrong length.
    """
    # Small blocks: the statistics of planes change from place to place. Level 8 saves nothing more, for twice the time.
    deflate = zlib.compressobj(level, memLevel=6)
    described, body, offset = [], io.BytesIO(), 0
    for entry in entries:
        array = entry.array if hasattr(entry.array, "nbytes") else np.asarray(entry.array)
        if array.dtype.name not in DTYPES:
            raise OutputError(f"chunk {name}: {entry.key} is {array.dtype.name}; chunks hold {', '.join(DTYPES)}")
        padding = -offset % _ALIGNMENT
        body.write(deflate.compress(bytes(padding)))
        for block in blocks(array):
            body.write(deflate.compress(block.astype(array.dtype.newbyteorder("<"), copy=False).reshape(-1).view(np.uint8).data))
        described.append(_describe(name, entry, array, offset + padding))
        offset += padding + array.nbytes
    body.write(deflate.flush())
    return _chunk(name, True, offset, described, body.getvalue())


def media_chunk(name: str, entries: Sequence[MediaEntry]) -> Chunk:
    """A chunk of encoded pictures, as they are."""
    described, offset = [], 0
    for entry in entries:
        described.append({"key": entry.key, "media": entry.media, "offset": offset, "length": len(entry.data), **entry.extra})
        offset += len(entry.data)
    return _chunk(name, False, offset, described, b"".join(entry.data for entry in entries))


def parse_chunk(text: str) -> Chunk:
    """The inverse of `Chunk.script` and `Chunk.block`.

    Raises:
        OutputError: if the text is not a chunk, or damaged.
    """
    decoder = json.JSONDecoder()
    try:
        if text.startswith("rlvis.chunk("):
            name, end = decoder.raw_decode(text, len("rlvis.chunk("))
            header, end = decoder.raw_decode(text, end + 2)
            encoded, _ = decoder.raw_decode(text, end + 2)
        else:
            header, end = decoder.raw_decode(text)
            name, encoded = header["name"], text[end:].strip()
        return Chunk(name, header, base91.decode(encoded, header["stored"]))
    except (ValueError, KeyError, IndexError, TypeError, OutputError) as error:
        raise OutputError(f"not a chunk, or a damaged one: {error}; write the interface again") from error


def chunk_arrays(chunk: Chunk, limit: float = math.inf) -> dict[str, Frames]:
    """The arrays of a chunk by key, their scales applied (float32 then).

    Args:
        chunk: of arrays.
        limit: bytes of coded planes that may be held in memory; more go to a temporary file.

    Raises:
        OutputError: if the chunk is damaged.
    """
    body, arrays = _Inflated(chunk), {}
    for entry in chunk.header["entries"]:
        body.skip_to(entry["offset"])
        array = body.take(entry["shape"], np.dtype(entry["dtype"]).newbyteorder("<"), limit if "coding" in entry else math.inf)
        if "scale" in entry and "coding" not in entry:  # the scale of a coded entry belongs to what it decodes to
            scale = np.asarray(entry["scale"], np.float32)
            array = array * scale.reshape(scale.shape + (1,) * (array.ndim - scale.ndim))
        arrays[entry["key"]] = array
    body.end()
    return arrays


def chunk_media(chunk: Chunk) -> dict[str, bytes]:
    """The pictures of a chunk by key, encoded."""
    return {entry["key"]: chunk.body[entry["offset"] : entry["offset"] + entry["length"]] for entry in chunk.header["entries"]}


def _chunk(name, deflate, size, entries, body):
    return Chunk(name, {"name": name, "deflate": deflate, "bytes": size, "stored": len(body), "entries": entries}, body)


def _describe(name, entry, array, offset):
    described = {"key": entry.key, "dtype": array.dtype.name, "shape": list(array.shape), "offset": offset, **entry.extra}
    if entry.scale is None:
        return described
    scale = np.asarray(entry.scale, np.float64)
    if scale.ndim > 1 or (scale.ndim == 1 and len(scale) != len(array)):
        raise OutputError(f"chunk {name}: {entry.key} has shape {array.shape} and scales {scale.shape}; give one, or one per leading index")
    return {**described, "scale": scale.tolist()}


class _Inflated:
    """A chunk's body, inflated from its beginning to its end."""

    def __init__(self, chunk):
        self._name, self._length, self._place = chunk.name, chunk.header["bytes"], 0
        self._inflate = zlib.decompressobj() if chunk.header["deflate"] else None
        self._pieces = (chunk.body[part] for part in block_slices(len(chunk.body), 1))
        self._piece = b""

    def skip_to(self, offset):
        self._read(offset - self._place)

    def take(self, shape, dtype, limit):
        array = new_frames(tuple(shape), dtype, limit)
        rows = array.reshape(1) if array.ndim == 0 else array
        row_bytes = dtype.itemsize * math.prod(rows.shape[1:])
        for part in block_slices(len(rows), row_bytes):
            count = part.stop - part.start
            rows[part] = np.frombuffer(self._read(count * row_bytes), dtype).reshape(count, *rows.shape[1:])
        return array

    def end(self):
        found = self._place + sum(map(len, iter(lambda: self._next(1 << 20), b"")))
        if found != self._length or (self._inflate and not self._inflate.eof):
            raise OutputError(f"chunk {self._name} has {found} bytes, its header says {self._length}; write the interface again")

    def _read(self, count):
        parts, missing = [], count
        while missing > 0:
            part = self._next(missing)
            if not part:
                raise OutputError(f"chunk {self._name} is damaged: it ends after {self._place + count - missing} bytes, its header says {self._length}; write the interface again")
            parts.append(part)
            missing -= len(part)
        self._place += count
        return b"".join(parts)

    def _next(self, most):
        """Some more bytes, at most so many; none at the end."""
        while True:
            if self._inflate is None:
                part, self._piece = self._piece[:most], self._piece[most:]
            else:
                try:
                    part = self._inflate.decompress(self._piece, most)
                except zlib.error as error:
                    raise OutputError(f"chunk {self._name} is damaged: {error}; write the interface again") from error
                self._piece = self._inflate.unconsumed_tail
            if part:
                return part
            if not self._piece:
                self._piece = next(self._pieces, b"")
                if not self._piece:
                    return b""
