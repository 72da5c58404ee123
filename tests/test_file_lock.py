import subprocess
import sys

import pytest

from rlvis.file_lock import Locked, file_lock


def test_only_one_holds_it_and_nothing_is_left(tmp_path):
    with file_lock(tmp_path / "lock") as locked:
        assert locked
        with pytest.raises(Locked), file_lock(tmp_path / "lock"):
            pass
        with file_lock(tmp_path / "other"):
            pass
    assert list(tmp_path.iterdir()) == []
    with file_lock(tmp_path / "lock"):
        pass


def test_a_killed_holder_blocks_nobody(tmp_path):
    code = "import os, signal, sys\nfrom pathlib import Path\nfrom rlvis.file_lock import file_lock\nwith file_lock(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], env={"PYTHONPATH": ":".join(sys.path)})
    assert (tmp_path / "lock").exists()
    with file_lock(tmp_path / "lock") as locked:
        assert locked


def test_a_file_that_was_removed_meanwhile_is_not_taken_for_the_lock(tmp_path, monkeypatch):
    from rlvis import file_lock as module

    path, real = tmp_path / "lock", module._lock
    removed = []

    def remove_first(descriptor):
        if not removed:
            path.unlink()
            removed.append(True)
        return real(descriptor)

    monkeypatch.setattr(module, "_lock", remove_first)
    with file_lock(path):
        monkeypatch.undo()
        with pytest.raises(Locked), file_lock(path):
            pass


def test_without_locks_nobody_is_kept_out(tmp_path, monkeypatch):
    from rlvis import file_lock as module

    monkeypatch.setattr(module, "fcntl", None)
    with file_lock(tmp_path / "lock") as locked:
        assert not locked
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError), file_lock(tmp_path / "missing" / "lock"):
        pass
