"""Pickles with arrays inside: of NumPy, of JAX (flax's dictionaries), of Stable-Baselines 2, of PyTorch modules."""

import io

from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.conventions import convention_of
from rlvis.checkpoints.formats.torch_any import read_torch
from rlvis.checkpoints.formats.torch_tree import torch_metadata
from rlvis.checkpoints.limits import Budget
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.checkpoints.pickles.numpy_arrays import NUMPY
from rlvis.checkpoints.pickles.plain_data import named_arrays
from rlvis.checkpoints.pickles.safe_pickle import PLAIN, Reference, Rules, read_pickle
from rlvis.checkpoints.pickles.torch_tensors import Tensor, torch_rules
from rlvis.errors import CheckpointError

_OLD_STARTS = (b"(d", b"(l", b"(i", b"cc", b"}q", b"]q")


def recognise(file: OpenedFile) -> bool:
    """A pickle's protocol mark, or the first instructions of one from before there was such a mark."""
    marked = len(file.prefix) > 1 and file.prefix[0] == 0x80 and file.prefix[1] in (1, 2, 3, 4, 5)
    return marked or file.prefix.startswith(_OLD_STARTS)


def read(file: OpenedFile) -> Contents:
    """The arrays by their path in the pickled object."""
    rules = PLAIN.merged(NUMPY).merged(torch_rules(_nothing_outside, file.budget)).merged(_nested(file.budget))
    tree = read_pickle(io.BytesIO(file.data), rules, file.budget)
    torch = any(isinstance(array, Tensor) for array in named_arrays(tree).values())
    tensors = named_arrays(tree, "." if torch else "/")
    return Contents("pickle", "pickle", tensors, "torch" if torch else convention_of(tensors, "flax"), torch_metadata(tree))


def _nothing_outside(_):
    raise CheckpointError("the pickle refers to data outside it; it is part of another file")


def _nested(budget: Budget) -> Rules:
    """Pickled by itself, a tensor's storage is a whole file of PyTorch's, as bytes."""

    def storage(data=b""):
        if not isinstance(data, bytes):
            raise CheckpointError("a tensor's storage is no bytes; the file is damaged")
        return read_torch(io.BytesIO(data), budget)

    return Rules({Reference("torch.storage", "_load_from_bytes"): storage})


FORMAT = Format("pickle", "pickle of arrays", recognise, read)
