"""PyTorch's files from before version 1.6: five pickles, then the storages' numbers."""

import io

from rlvis.checkpoints.arrays import brief, item_size
from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.limits import Budget
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.checkpoints.pickles.numpy_arrays import NUMPY
from rlvis.checkpoints.pickles.plain_data import named_arrays
from rlvis.checkpoints.pickles.safe_pickle import PLAIN, read_pickle
from rlvis.checkpoints.pickles.torch_tensors import storage_of, torch_rules
from rlvis.checkpoints.formats.torch_tree import torch_metadata
from rlvis.errors import CheckpointError

MAGIC = 0x1950A86A20F9469CFC6C
# The first pickle: protocol 2, a ten-byte number, stop.
_START = b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little") + b"."


def recognise(file: OpenedFile) -> bool:
    """The magic number, itself pickled."""
    return file.prefix.startswith(_START)


def read(file: OpenedFile) -> Contents:
    """The tensors by their path in the saved object."""
    tree = read_tree(io.BytesIO(file.data), file.budget)
    return Contents("torch-legacy", "PyTorch file (from before 1.6)", named_arrays(tree), "torch", torch_metadata(tree))


def read_tree(stream: io.BytesIO, budget: Budget):
    """The saved object, its tensors able to give their numbers.

    Raises:
        CheckpointError: if the file is damaged, or written on a machine of the other byte order.
    """
    storages = {}

    def persistent(identifier):
        kind, *rest = identifier if isinstance(identifier, tuple) and identifier else ("",)
        if kind == "module":
            return rest[0]
        if kind != "storage" or len(rest) < 4 or not isinstance(rest[1], str):
            raise CheckpointError("the pickle refers to something that is neither a storage nor a module")
        if rest[1] not in storages:
            storages[rest[1]] = storage_of(rest[0], rest[3])
        return _view(storages[rest[1]], rest[4] if len(rest) > 4 else None)

    if read_pickle(stream, PLAIN, budget) != MAGIC:
        raise CheckpointError("the file does not start with PyTorch's magic number")
    version, system = read_pickle(stream, PLAIN, budget), read_pickle(stream, PLAIN, budget)
    if version != 1001 or not isinstance(system, dict) or system.get("little_endian") is not True:
        raise CheckpointError(f"the file is of PyTorch's old protocol {brief(version)}, or big-endian; expected protocol 1001, little-endian")
    tree = read_pickle(stream, PLAIN.merged(NUMPY).merged(torch_rules(persistent, budget)), budget)
    _fill(stream, read_pickle(stream, PLAIN, budget), storages, budget)
    return tree


def _view(storage, view):
    if view is not None:
        raise CheckpointError("a storage is a view of another storage, which only PyTorch before 0.4 wrote; save the model again with a newer PyTorch")
    return storage


def _fill(stream, keys, storages, budget):
    if not isinstance(keys, list):
        raise CheckpointError("the list of storages is missing; the file is damaged")
    for key in keys:
        storage = storages.get(key) if isinstance(key, str) else None
        if storage is None or storage.data is not None:
            raise CheckpointError("the list of storages does not match the tensors; the file is damaged")
        count = int.from_bytes(stream.read(8), "little")
        if count != storage.count:
            raise CheckpointError(f"a storage has {count} numbers, the tensors expect {storage.count}; the file is truncated or damaged")
        size = count * item_size(storage.kind)
        budget.spend(size, "a storage")
        storage.data = stream.read(size)
        if len(storage.data) != size:
            raise CheckpointError(f"the file is truncated: a storage takes {size} bytes, {len(storage.data)} are left")


FORMAT = Format("torch-legacy", "PyTorch file (from before 1.6)", recognise, read)
