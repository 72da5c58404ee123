"""Directories that orbax writes: arrays in tensorstore's formats, one tree of names.

Tensorstore reads the arrays (flax depends on it); which there are, of what shape and type, is asked before a number
is read.
"""

import json
from math import prod
from pathlib import Path

import numpy as np

from rlvis.checkpoints.arrays import checked_shape, item_size, number_type
from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.errors import CheckpointError

_METADATA, _OCDBT = "_METADATA", "manifest.ocdbt"
_ITEMS = ("default", "state", "params", "model")
_LARGEST_METADATA = 16 << 20
MAXIMUM_LEAVES = 20_000


def recognise(file: OpenedFile) -> bool:
    """A directory, or one just below it, with orbax's metadata or tensorstore's manifest."""
    return file.is_directory and _root(file.path) is not None


def read(file: OpenedFile) -> Contents:
    """The arrays by their path in the saved tree."""
    root = _root(file.path)
    names = _names(root)
    if not names:
        raise CheckpointError(f"{root / _METADATA} lists no arrays; the directory is damaged or incomplete")
    tensors = {"/".join(path): _read_array(root, path, file) for path in names}
    return Contents("orbax", "orbax directory", {name: array for name, array in tensors.items() if array is not None}, "flax")


def _root(path: Path) -> Path | None:
    candidates = [path, *(path / name for name in _ITEMS)]
    return next((candidate for candidate in candidates if (candidate / _METADATA).is_file()), None)


def _names(root):
    """The paths of the tree's leaves, as the metadata lists them."""
    file = root / _METADATA
    if file.stat().st_size > _LARGEST_METADATA:
        raise CheckpointError(f"{file} is larger than metadata can be")
    try:
        tree = json.loads(file.read_text(encoding="utf-8"))["tree_metadata"]
        entries = [tuple(str(key["key"]) for key in entry["key_metadata"]) for entry in tree.values()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{file} is not the metadata of an orbax directory ({str(error)[:100]})") from error
    if len(entries) > MAXIMUM_LEAVES:
        raise CheckpointError(f"{file} lists {len(entries)} arrays; no checkpoint needs so many")
    for path in entries:
        if not path or any(not part or part in (".", "..") or "/" in part or "\\" in part or "\0" in part for part in path):
            raise CheckpointError(f"{file} names an array {'/'.join(path)[:100]!r}, which is no name")
    return entries


def _read_array(root, path, file):
    """One array, or `None` for a leaf that is none (an empty node, a text)."""
    import tensorstore

    name = ".".join(path)
    store = {"driver": "file", "path": str(root.resolve())}
    if (root / _OCDBT).is_file():
        store = {"driver": "ocdbt", "base": f"file://{root.resolve()}/", "path": f"{name}/"}
    elif (root / name / ".zarray").is_file():
        store["path"] += f"/{name}/"
    else:
        return None
    limits = {"cache_pool": {"total_bytes_limit": 0}}
    try:
        array = tensorstore.open({"driver": "zarr", "kvstore": store}, read=True, open=True, context=tensorstore.Context(limits)).result()
        shape, kind = checked_shape(tuple(int(n) for n in array.shape)), number_type(str(array.dtype.name))
        file.budget.spend(prod(shape) * item_size(kind), f"array {name[:100]!r}")
        return np.asarray(array.read().result(), dtype=np.float32 if isinstance(kind, str) else None)
    except (ValueError, OSError, RuntimeError) as error:
        raise CheckpointError(f"array {name[:100]!r} of the orbax directory cannot be read ({str(error)[:200]})") from error


FORMAT = Format("orbax", "orbax directory", recognise, read)
