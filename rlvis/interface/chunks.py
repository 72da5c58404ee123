"""Chunks: pieces of binary data that the page loads when it needs them.

A page opened from disk may not read files, but it may run scripts. So a chunk is a script that hands its data over,
`rlvis.chunk("NAME", {HEADER}, "TEXT");`, or, in a single-file page, an inert block of text in the page. The body is one
little-endian blob, written as text (`base91.py`): arrays one after the other (deflated, the browser inflates them itself),
or encoded pictures. The header has the chunk's name, whether it is deflated, its bytes, those stored as text, and its
entries: key, dtype, shape, offset and perhaps scale of an array, key, media, offset and length of a picture.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rlvis.errors import OutputError
from rlvis.interface import base91

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
    array: np.ndarray
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
        return f'rlvis.chunk({escaped_json(self.name)}, {escaped_json(self.header)}, "{base91.encode(self.body)}");\n'

    def block(self) -> str:
        """The chunk as the text of an inert block in a page."""
        return f"{escaped_json(self.header)}\n{base91.encode(self.body)}"


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
    described, parts, offset = [], [], 0
    for entry in entries:
        array = np.ascontiguousarray(entry.array)
        if array.dtype.name not in DTYPES:
            raise OutputError(f"chunk {name}: {entry.key} is {array.dtype.name}; chunks hold {', '.join(DTYPES)}")
        padding = -offset % _ALIGNMENT
        parts += [deflate.compress(bytes(padding)), deflate.compress(memoryview(array.astype(array.dtype.newbyteorder("<"), copy=False).reshape(-1).view(np.uint8)))]
        described.append(_describe(name, entry, array, offset + padding))
        offset += padding + array.nbytes
    parts.append(deflate.flush())
    return _chunk(name, True, offset, described, b"".join(parts))


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


def chunk_arrays(chunk: Chunk) -> dict[str, np.ndarray]:
    """The arrays of a chunk by key, their scales applied (float32 then)."""
    blob = _inflated(chunk)
    arrays = {}
    for entry in chunk.header["entries"]:
        dtype = np.dtype(entry["dtype"]).newbyteorder("<")
        count = int(np.prod(entry["shape"], dtype=np.int64))
        array = np.frombuffer(blob, dtype, count, entry["offset"]).reshape(entry["shape"])
        if "scale" in entry and "coding" not in entry:  # the scale of a coded entry belongs to what it decodes to
            scale = np.asarray(entry["scale"], np.float32)
            array = array * scale.reshape(scale.shape + (1,) * (array.ndim - scale.ndim))
        arrays[entry["key"]] = array
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


def _inflated(chunk):
    try:
        blob = zlib.decompress(chunk.body) if chunk.header["deflate"] else chunk.body
    except zlib.error as error:
        raise OutputError(f"chunk {chunk.name} is damaged: {error}; write the interface again") from error
    if len(blob) != chunk.header["bytes"]:
        raise OutputError(f"chunk {chunk.name} has {len(blob)} bytes, its header says {chunk.header['bytes']}; write the interface again")
    return blob
