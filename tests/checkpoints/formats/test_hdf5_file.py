"""HDF5 files: damage, and datasets that reach outside the file."""

import random

import numpy as np
import pytest

from rlvis.checkpoints import Checkpoint, load
from rlvis.errors import CheckpointError, RlvisError

h5py = pytest.importorskip("h5py", reason="h5py is an optional dependency")
SHAPE = (36, 36, 4)
CASES = 120


def test_damaged_file(unpack):
    path, _ = unpack("keras_hdf5")
    original, generator = path.read_bytes(), random.Random(1)
    for case in range(CASES):
        damaged = bytearray(original)
        if case % 3 == 0:
            damaged = damaged[: generator.randrange(len(damaged))]
        else:
            for _ in range(generator.choice((1, 4, 16))):
                damaged[generator.randrange(len(damaged))] ^= 1 << generator.randrange(8)
        path.write_bytes(bytes(damaged))
        try:
            assert isinstance(load(path, observation_shape=SHAPE), Checkpoint)
        except CheckpointError as error:
            assert isinstance(error.__cause__, RlvisError), error


def message(path):
    with pytest.raises(CheckpointError) as caught:
        load(path)
    return str(caught.value)


def test_links_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["secret"] = np.zeros(3, np.float32)
    with h5py.File(tmp_path / "file.h5", "w") as file:
        file["outside"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "secret")
        file["elsewhere"] = h5py.SoftLink("/own")
        file["own"] = np.zeros(2, np.float32)
    text = message(tmp_path / "file.h5")
    assert "own 2" in text and "outside" not in text and "elsewhere" not in text


def test_numbers_in_other_files_are_refused(tmp_path):
    (tmp_path / "raw").write_bytes(bytes(12))
    with h5py.File(tmp_path / "file.h5", "w") as file:
        file.create_dataset("a", (3,), "f4", external=[(str(tmp_path / "raw"), 0, 12)])
    assert "keeps its numbers in another file" in message(tmp_path / "file.h5")
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((3,), "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "raw"), "x", (3,))
        file.create_virtual_dataset("a", layout)
    assert "keeps its numbers in another file" in message(tmp_path / "virtual.h5")


def test_chunks_that_unpack_to_too_much(tmp_path):
    with h5py.File(tmp_path / "file.h5", "w") as file:
        file.create_dataset("a", (1 << 30,), "f4", chunks=(1 << 16,), compression="gzip")
    assert "more than a file of this size can hold" in message(tmp_path / "file.h5")
