"""Files of `flax.serialization.to_bytes`: MessagePack."""

import re

import numpy as np

from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.formats.message_pack import unpack
from rlvis.checkpoints.formats.torch_tree import torch_metadata
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.checkpoints.pickles.plain_data import named_arrays
from rlvis.errors import CheckpointError

_CHUNKED = "__msgpack_chunked_array__"
# A map or list of at least one item, then a short text or another map.
_START = re.compile(rb"(?:[\x81-\x8f]|\xde..|\xdf....)(?:[\xa1-\xbf]|\xd9.)|[\x91-\x9f]|\xdc..|\xdd....", re.DOTALL)


def recognise(file: OpenedFile) -> bool:
    """A map whose first key is text, or a list; not the mark that pickles start with, nor the one of a single array."""
    return not file.prefix.startswith((b"\x80", b"\x93NUMPY")) and _START.match(file.prefix) is not None


def read(file: OpenedFile) -> Contents:
    """The arrays by their path, and what lies beside them."""
    tree = _joined(unpack(file.data), 0, file.budget)
    return Contents("flax-msgpack", "flax file", named_arrays(tree, "/"), "flax", torch_metadata(tree))


def _joined(tree, depth, budget):
    """Arrays that were too large for one piece, put together again."""
    if isinstance(tree, list):
        return [_joined(item, depth + 1, budget) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if not tree.get(_CHUNKED):
        return {key: _joined(item, depth + 1, budget) for key, item in tree.items()}
    shape, chunks = tree.get("shape"), tree.get("chunks")
    pieces = list(chunks.values()) if isinstance(chunks, dict) else chunks
    sizes = list(shape.values()) if isinstance(shape, dict) else shape
    if not isinstance(pieces, list) or not isinstance(sizes, list) or not pieces or not all(isinstance(piece, np.ndarray) for piece in pieces):
        raise CheckpointError("an array that was written in pieces has none; the file is damaged")
    budget.spend(sum(piece.nbytes for piece in pieces), "an array in pieces")
    try:
        return np.concatenate([piece.ravel() for piece in pieces]).reshape([int(size) for size in sizes])
    except (ValueError, TypeError) as error:
        raise CheckpointError("an array that was written in pieces does not fit together; the file is damaged") from error


FORMAT = Format("flax-msgpack", "flax file (MessagePack)", recognise, read)
