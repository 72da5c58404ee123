"""HDF5 files of Keras and Chainer; needs h5py, an optional dependency."""

from math import prod

import numpy as np

from rlvis.checkpoints.arrays import checked_shape, item_size, number_type
from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.limits import MAXIMUM_DEPTH, MAXIMUM_NODES
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.errors import CheckpointError

_MAGIC = b"\x89HDF\r\n\x1a\n"
# Filters that come with HDF5 itself: deflate, shuffle, Fletcher's checksum.
_FILTERS = {1, 2, 3}


def recognise(file: OpenedFile) -> bool:
    """HDF5's magic bytes."""
    return file.prefix.startswith(_MAGIC)


def read(file: OpenedFile) -> Contents:
    """Every dataset of plain numbers in the file itself, by its path."""
    try:
        import h5py
    except ImportError as error:
        raise CheckpointError("this is an HDF5 file; to read it, install h5py (pip install 'rlvis[hdf5]')") from error
    tensors = {}
    try:
        with h5py.File(file.path, "r") as root:
            waiting, seen = [("", root, 0)], 0
            while waiting:
                path, group, depth = waiting.pop(0)
                for name in group:
                    seen += 1
                    if seen > MAXIMUM_NODES or depth > MAXIMUM_DEPTH:
                        raise CheckpointError("the HDF5 file nests its groups deeper, or has more of them, than a checkpoint does")
                    # Links to elsewhere, in this file or another, are not followed.
                    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                        continue
                    item = group[name]
                    if isinstance(item, h5py.Group):
                        waiting.append((f"{path}{name}/", item, depth + 1))
                    elif isinstance(item, h5py.Dataset) and item.dtype.kind in "fiub":
                        tensors[path + name] = _dataset(path + name, item, file.budget)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"the HDF5 file is damaged ({str(error)[:200]})") from error
    chainer = any(name.endswith("/W") for name in tensors)
    return Contents("hdf5", "HDF5 file", tensors, "chainer" if chainer else "tensorflow")


def _dataset(name, item, budget):
    filters = item.id.get_create_plist()
    used = {filters.get_filter(index)[0] for index in range(filters.get_nfilters())}
    if item.external or item.is_virtual or not used <= _FILTERS:
        raise CheckpointError(f"dataset {name[:100]!r} keeps its numbers in another file, or packed in an unusual way")
    shape = checked_shape(tuple(int(n) for n in item.shape))
    budget.spend(prod(shape) * item_size(number_type(item.dtype.str)), f"dataset {name[:100]!r}")
    return np.asarray(item[()])


FORMAT = Format("hdf5", "HDF5 file (Keras, Chainer)", recognise, read)
