"""Safetensors files: rlvis's own checkpoints, and others'."""

import json
from math import prod

from rlvis.checkpoints.arrays import BFLOAT16, array_from_bytes, brief, checked_shape, item_size, number_type
from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.errors import CheckpointError

OWN_KEY = "rlvis"
MAXIMUM_HEADER = 100 << 20

TYPES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "U16": "uint16", "I16": "int16", "U32": "uint32", "I32": "int32", "U64": "uint64", "I64": "int64",
    "F16": "float16", "BF16": BFLOAT16, "F32": "float32", "F64": "float64",
}  # fmt: skip


def recognise(file: OpenedFile) -> bool:
    """The length of a JSON header, then the header's brace."""
    return len(file.prefix) >= 9 and file.prefix[8:9] == b"{" and 2 <= int.from_bytes(file.prefix[:8], "little") <= min(MAXIMUM_HEADER, max(file.size, 4096) * 16)


def read(file: OpenedFile) -> Contents:
    """The tensors, and the header's metadata."""
    header, start = _header(file)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict):
        raise CheckpointError("the safetensors header has metadata that are no object; the file is damaged")
    tensors = {name: _tensor(name, entry, memoryview(file.data)[start:], file.budget) for name, entry in header.items()}
    if OWN_KEY not in metadata:
        return Contents("safetensors", "safetensors file", tensors, "torch", metadata)
    try:
        return Contents("rlvis", "rlvis checkpoint", tensors, "rlvis", {OWN_KEY: json.loads(metadata[OWN_KEY])})
    except (ValueError, TypeError, RecursionError) as error:
        raise CheckpointError(f"the checkpoint's metadata are no JSON ({error}); the file is damaged") from error


def _header(file):
    length = int.from_bytes(file.prefix[:8], "little")
    if length > file.size - 8:
        raise CheckpointError(f"the safetensors header takes {length} bytes, the file has {file.size}; it is truncated")
    try:
        header = json.loads(file.data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"the safetensors header is no JSON ({error}); the file is damaged") from error
    if not isinstance(header, dict):
        raise CheckpointError("the safetensors header is no object; the file is damaged")
    return header, 8 + length


def _tensor(name, entry, data, budget):
    if not isinstance(entry, dict) or entry.get("dtype") not in TYPES:
        raise CheckpointError(f"tensor {name[:100]!r} has no known number type; the file is damaged")
    kind, shape, offsets = number_type(TYPES[entry["dtype"]]), checked_shape(entry.get("shape")), entry.get("data_offsets")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(isinstance(n, int) and not isinstance(n, bool) for n in offsets):
        raise CheckpointError(f"tensor {name[:100]!r} does not say where its numbers are; the file is damaged")
    begin, end = offsets
    expected = prod(shape) * item_size(kind)
    if not 0 <= begin <= end <= len(data) or end - begin != expected:
        raise CheckpointError(f"tensor {name[:100]!r} of shape {shape} takes {brief(expected)} bytes, but bytes {brief(begin)} to {brief(end)} of {len(data)} were named; the file is truncated or damaged")
    budget.spend(expected, f"tensor {name[:100]!r}")
    return array_from_bytes(data[begin:end], kind, shape)


FORMAT = Format("safetensors", "safetensors file", recognise, read)
