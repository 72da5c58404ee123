"""A file of PyTorch's of either age, wherever it comes from."""

import io

from rlvis.checkpoints.formats import torch_legacy, torch_zip
from rlvis.checkpoints.formats.zip_archive import ZIP_START, Archive
from rlvis.checkpoints.limits import Budget


def read_torch(stream: io.BytesIO, budget: Budget):
    """The saved object in a stream that holds a PyTorch file, such as a member of an archive.

    Raises:
        CheckpointError: if it is damaged, or no such file.
    """
    start = stream.read(len(ZIP_START))
    stream.seek(0)
    return torch_zip.read_tree(Archive(stream, budget)) if start == ZIP_START else torch_legacy.read_tree(stream, budget)
