import os
import socket
import subprocess
import sys
import time

import pytest

from rlvis.errors import OutputError
from rlvis.file_replacement import remove_abandoned, replace_file


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


def test_what_gone_processes_left_is_removed(tmp_path):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True).stdout.strip()
    names = [f".a.b.txt.{gone}@{socket.gethostname()}.partial", f".a.b.txt.{os.getppid()}@{socket.gethostname()}.partial", f".a.b.txt.{gone}@elsewhere.partial", f"a.b.txt.{gone}.partial"]
    for name in names:
        (tmp_path / name).write_text("half")
    replace_file(tmp_path / "other.txt", lambda stream: stream.write(b"new"))
    assert len(list(tmp_path.iterdir())) == 5
    replace_file(tmp_path / "a.b.txt", lambda stream: stream.write(b"new"))
    assert {path.name for path in tmp_path.iterdir()} == {"a.b.txt", "other.txt", *names[1:]}


def test_what_another_machine_left_is_removed_when_nothing_happened_to_it_for_a_day(tmp_path):
    for name, hours in (("written", 1), ("forgotten", 30)):
        path = tmp_path / f".{name}.7@elsewhere.partial"
        path.write_text("half")
        os.utime(path, (time.time() - 3600 * hours,) * 2)
    remove_abandoned(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".written.7@elsewhere.partial"]
