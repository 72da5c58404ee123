"""Joblib pickles, compressed or not: understanding-rl-vision's `.jd`, Baselines' saved variables."""

import bz2
import io
import lzma
import zlib
from functools import partial

from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.conventions import convention_of
from rlvis.checkpoints.limits import Budget
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.checkpoints.pickles.joblib_arrays import joblib_rules
from rlvis.checkpoints.pickles.numpy_arrays import NUMPY
from rlvis.checkpoints.pickles.plain_data import named_arrays, plain
from rlvis.checkpoints.pickles.safe_pickle import PLAIN, read_pickle
from rlvis.errors import CheckpointError

MAXIMUM_LZMA_MEMORY = 128 << 20

_DECOMPRESSORS = {
    b"\x1f\x8b": partial(zlib.decompressobj, 31),
    b"\x78": zlib.decompressobj,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": partial(lzma.LZMADecompressor, memlimit=MAXIMUM_LZMA_MEMORY),
    b"\x5d\x00": partial(lzma.LZMADecompressor, memlimit=MAXIMUM_LZMA_MEMORY),
}


def recognise(file: OpenedFile) -> bool:
    """A compressed stream, or a pickle that names joblib's array wrapper early on."""
    return _decompressor(file.prefix) is not None or (file.prefix[:1] == b"\x80" and b"joblib" in file.prefix)


def read(file: OpenedFile) -> Contents:
    """The arrays, and everything else as metadata.

    `{"params": {name: array}, "args": {...}, ...}`: the arrays keep the names they have in `params`.
    """
    tree = read_pickle(open_stream(file), PLAIN.merged(NUMPY).merged(joblib_rules(file.budget)), file.budget)
    arrays, metadata = tree, {}
    if isinstance(tree, dict) and isinstance(tree.get("params"), dict):
        arrays = tree["params"]
        metadata = {key: value for key, value in tree.items() if key != "params"}
    tensors = named_arrays(arrays, "/")
    return Contents("joblib", "joblib file", tensors, convention_of(tensors, "tensorflow"), plain(metadata))


def open_stream(file: OpenedFile) -> io.BufferedIOBase:
    """The file's bytes, decompressed if they are compressed."""
    make = _decompressor(file.prefix)
    return io.BytesIO(file.data) if make is None else io.BytesIO(decompress(file.data, make(), file.budget))


def decompress(data: bytes, decompressor, budget: Budget) -> bytes:
    """All that `data` unpacks to.

    Raises:
        CheckpointError: if it is damaged, ends early, or unpacks to more than the budget allows.
    """
    try:
        if isinstance(decompressor, type(zlib.decompressobj())):
            unpacked = decompressor.decompress(data, budget.left + 1)
        else:
            unpacked = decompressor.decompress(data, max_length=budget.left + 1)
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError) as error:
        raise CheckpointError(f"the compressed data are damaged ({error})") from error
    budget.spend(len(unpacked), "the compressed data")
    if not decompressor.eof:
        raise CheckpointError("the compressed data end too early; the file is truncated")
    return unpacked


def _decompressor(prefix):
    if prefix[:1] == b"\x78" and (len(prefix) < 2 or int.from_bytes(prefix[:2], "big") % 31):
        return None
    return next((make for magic, make in _DECOMPRESSORS.items() if prefix.startswith(magic)), None)


FORMAT = Format("joblib", "joblib file", recognise, read)
