"""PyTorch's files since version 1.6: a zip archive with `data.pkl` and one member per storage."""

import io

from rlvis.checkpoints.arrays import item_size
from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.formats.torch_tree import torch_metadata
from rlvis.checkpoints.formats.zip_archive import Archive, member_names, open_archive
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.checkpoints.pickles.numpy_arrays import NUMPY
from rlvis.checkpoints.pickles.plain_data import named_arrays
from rlvis.checkpoints.pickles.safe_pickle import PLAIN, read_pickle
from rlvis.checkpoints.pickles.torch_tensors import storage_of, torch_rules
from rlvis.errors import CheckpointError

_PICKLE = "data.pkl"


def recognise(file: OpenedFile) -> bool:
    """A zip archive with a `data.pkl` in its one folder."""
    return _pickle_name(member_names(file)) is not None


def read(file: OpenedFile) -> Contents:
    """The tensors by their path in the saved object."""
    tree = read_tree(open_archive(file))
    return Contents("torch", "PyTorch file", named_arrays(tree), "torch", torch_metadata(tree))


def read_tree(archive: Archive):
    """The saved object, its tensors able to give their numbers."""
    name = _pickle_name(archive.members)
    if name is None:
        raise CheckpointError("the zip archive has no data.pkl; it is not one of PyTorch's")
    folder = name[: -len(_PICKLE)]
    if f"{folder}byteorder" in archive and archive.read(f"{folder}byteorder") != b"little":
        raise CheckpointError("the file was written on a big-endian machine; save it again on a little-endian one")
    storages = {}

    def persistent(identifier):
        kind, *rest = identifier if isinstance(identifier, tuple) and identifier else ("",)
        if kind != "storage" or len(rest) < 4 or not isinstance(rest[1], str):
            raise CheckpointError("the pickle refers to something that is not a storage")
        if rest[1] not in storages:
            storages[rest[1]] = _storage(archive, f"{folder}data/{rest[1]}", rest[0], rest[3])
        return storages[rest[1]]

    return read_pickle(io.BytesIO(archive.read(name)), PLAIN.merged(NUMPY).merged(torch_rules(persistent, archive.budget)), archive.budget)


def _storage(archive, member, kind, count):
    storage = storage_of(kind, count)
    if member not in archive:
        raise CheckpointError(f"the archive has no storage {member[:100]!r}; the file is damaged")
    expected, found = storage.count * item_size(storage.kind), archive.members[member].file_size
    if expected != found:
        raise CheckpointError(f"storage {member[:100]!r} has {found} bytes, its tensors expect {expected}; the file is damaged")
    storage.read = lambda: archive.read(member)
    return storage


def _pickle_name(names):
    found = [name for name in names if name == _PICKLE or (name.endswith("/" + _PICKLE) and name.count("/") == 1)]
    return found[0] if len(found) == 1 else None


FORMAT = Format("torch", "PyTorch file", recognise, read)
