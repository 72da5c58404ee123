import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.byte_file import ByteFile
from rlvis.errors import OutputError


def test_bytes_are_found_where_they_were_written(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    file = ByteFile.temporary()
    assert list(tmp_path.iterdir()) == []
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    file.write(values.T, 8)
    into = np.empty((3, 2), np.float32)
    file.read(into, 8)
    assert_array_equal(into, values.T)
    file.read(into[:0], 1000)


def test_a_file_is_closed_with_its_last_user():
    file = ByteFile.temporary()
    descriptor = file._descriptor
    os.fstat(descriptor)
    del file
    with pytest.raises(OSError):
        os.fstat(descriptor)


def test_an_open_file_outlives_its_stream_and_its_name(tmp_path):
    path = tmp_path / "numbers"
    path.write_bytes(b"0123456789")
    with open(path, "rb") as stream:
        file = ByteFile.opened(stream)
    path.unlink()
    into = np.empty(3, np.uint8)
    file.read(into, 4)
    assert into.tobytes() == b"456"


def test_what_was_not_written_is_an_error():
    with pytest.raises(OutputError, match="shorter"):
        ByteFile.temporary().read(np.empty(1, np.uint8), 0)


def test_a_folder_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    with pytest.raises(OutputError, match="set TMPDIR"):
        ByteFile.temporary()


@pytest.mark.parametrize("call, message", [("pwrite", "No space left on device; set TMPDIR"), ("preadv", "No space left on device; run the same command again")])
def test_a_failing_disk(call, message, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    file = ByteFile.temporary()
    file.write(np.zeros(1), 0)
    monkeypatch.setattr(f"os.{call}", fail)
    with pytest.raises(OutputError, match=message):
        file.write(np.zeros(1), 0)
        file.read(np.zeros(1), 0)
