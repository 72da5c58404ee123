import pytest

from rlvis.errors import OutputError
from rlvis.file_replacement import replace_file


def test_a_file_and_its_directory_are_made(tmp_path):
    path = replace_file(tmp_path / "a" / "b.txt", lambda stream: stream.write(b"new"))
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["b.txt"]


def test_what_was_there_stays_if_writing_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def fail(stream):
        stream.write(b"half")
        raise KeyError

    with pytest.raises(KeyError):
        replace_file(path, fail)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]
    with pytest.raises(OutputError, match="cannot write"):
        replace_file(path / "below.txt", fail)
