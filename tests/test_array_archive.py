import io
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.array_archive import read_archive, write_archive
from rlvis.stored_frames import StoredFrames

ARRAYS = {
    "many": np.random.default_rng(0).random((5, 3, 2), np.float32), "a/b": np.array("text"), "none": np.zeros((0, 3)), "thin": np.zeros((3, 0)), "big-endian": np.arange(4, dtype=">i2"),
    "columns first": np.asfortranarray(np.arange(6).reshape(2, 3)), "seed": np.asarray(5),
}  # fmt: skip


@pytest.fixture(params=[False, True], ids=["stored", "compressed"])
def path(request, tmp_path):
    with open(tmp_path / "x.npz", "w+b") as stream:
        stream.write(b"before")
        write_archive(stream, ARRAYS.items(), request.param)
    return tmp_path / "x.npz"


@pytest.mark.parametrize("large", [(), ("many",), tuple(ARRAYS)])
def test_arrays_come_back(path, large):
    with open(path, "rb") as stream:
        stream.seek(6)
        found = read_archive(stream, lambda name, size: name in large)
    path.unlink()
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert isinstance(found[name], StoredFrames) == (name in large and array.ndim > 0)
        assert found[name].dtype == array.dtype
        assert_array_equal(np.asarray(found[name]), array)


def test_numpy_reads_and_writes_the_same(path):
    with np.load(io.BytesIO(path.read_bytes()[6:])) as found:
        for name, array in ARRAYS.items():
            assert_array_equal(found[name], array)
    written = io.BytesIO()
    np.savez(written, **ARRAYS)
    with open(path, "wb") as stream:
        stream.write(written.getvalue())
    with open(path, "rb") as stream:
        for name, array in read_archive(stream, lambda name, size: True).items():
            assert_array_equal(np.asarray(array), ARRAYS[name])


def test_frames_in_a_file_are_written_as_those_in_memory():
    frames = StoredFrames(ARRAYS["many"].shape, np.float32)
    frames[:] = ARRAYS["many"]
    written = []
    for array in (frames, ARRAYS["many"]):
        written.append(io.BytesIO())
        write_archive(written[-1], [("many", array)])
    assert written[0].getvalue() == written[1].getvalue()


def test_only_what_is_wanted_is_read(path):
    sizes = {}
    with open(path, "rb") as stream:
        found = read_archive(stream, lambda name, size: sizes.setdefault(name, size) < 0, lambda name: name in ("many", "seed"))
    assert set(found) == set(sizes) == {"many", "seed"} and sizes["many"] >= 120


def test_objects_are_neither_written_nor_read(tmp_path):
    objects = {"x": np.array([print], object)}
    with pytest.raises(ValueError, match="x holds Python objects"):
        write_archive(io.BytesIO(), objects.items())
    np.savez(tmp_path / "x.npz", **objects)
    for is_large in (None, lambda name, size: True):
        with open(tmp_path / "x.npz", "rb") as stream, pytest.raises(ValueError, match="allow_pickle"):
            read_archive(stream, is_large)


@pytest.mark.parametrize("large", [False, True])
def test_compressed_arrays_that_are_damaged(tmp_path, large):
    def member(data):
        with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", data)

    whole = io.BytesIO()
    np.save(whole, np.arange(100))
    for data in (whole.getvalue()[:-1], whole.getvalue()[:20], whole.getvalue().replace(b"NUMPY\x01", b"NUMPY\x09")):
        member(data)
        with open(tmp_path / "x.npz", "rb") as stream, pytest.raises((ValueError, EOFError)):
            read_archive(stream, lambda name, size: large)
