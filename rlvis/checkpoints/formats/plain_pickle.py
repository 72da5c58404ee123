"""Pickles with arrays inside: of NumPy, of JAX (flax's dictionaries), of Stable-Baselines 2."""

import io

from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.formats.torch_tree import torch_metadata
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.checkpoints.pickles.numpy_arrays import NUMPY
from rlvis.checkpoints.pickles.plain_data import named_arrays
from rlvis.checkpoints.pickles.safe_pickle import PLAIN, read_pickle

_OLD_STARTS = (b"(d", b"(l", b"(i", b"cc", b"}q", b"]q")


def recognise(file: OpenedFile) -> bool:
    """A pickle's protocol mark, or the first instructions of one from before there was such a mark."""
    marked = len(file.prefix) > 1 and file.prefix[0] == 0x80 and file.prefix[1] in (1, 2, 3, 4, 5)
    return marked or file.prefix.startswith(_OLD_STARTS)


def read(file: OpenedFile) -> Contents:
    """The arrays by their path in the pickled object; names that are variables' names stay whole."""
    tree = read_pickle(io.BytesIO(file.data), PLAIN.merged(NUMPY))
    return Contents("pickle", "pickle", named_arrays(tree, "/"), "flax", torch_metadata(tree))


FORMAT = Format("pickle", "pickle of arrays", recognise, read)
