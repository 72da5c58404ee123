"""NumPy's `.npz` archives: Chainer's snapshots, and anybody's arrays."""

import io

from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.formats.npy_array import read_npy
from rlvis.checkpoints.formats.zip_archive import Archive, member_names, open_archive
from rlvis.checkpoints.limits import Budget
from rlvis.checkpoints.opened_file import OpenedFile

_SUFFIX = ".npy"


def recognise(file: OpenedFile) -> bool:
    """A zip archive of nothing but arrays."""
    names = member_names(file)
    return bool(names) and all(name.endswith(_SUFFIX) for name in names)


def read(file: OpenedFile) -> Contents:
    """The arrays by name."""
    tensors = read_arrays(open_archive(file))
    return Contents("npz", "NumPy archive", tensors, "chainer" if any(name.endswith("/W") for name in tensors) else "torch")


def read_arrays(archive: Archive) -> dict:
    """The arrays in an archive by name, without the suffix."""
    return {name.removesuffix(_SUFFIX): read_npy(archive.read(name)) for name in archive.members if name.endswith(_SUFFIX)}


def read_arrays_from(data: bytes, budget: Budget) -> dict:
    """As `read_arrays`, from the bytes of an archive."""
    return read_arrays(Archive(io.BytesIO(data), budget))


FORMAT = Format("npz", "NumPy archive (npz)", recognise, read)
