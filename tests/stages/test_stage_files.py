import hashlib
import io
import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.options import RunOptions
from rlvis.stages.stage_files import StageFiles, read_arrays, stage_files, write_arrays


def counted(value=1.0):
    """A stage's function, and the list of its calls."""
    calls = []

    def make():
        calls.append(True)
        return {"x": np.full(3, value), "a/b": np.array("text")}

    return make, calls


@pytest.mark.parametrize("method", ["obtain", "obtain_together"])
def test_a_result_is_made_once_for_what_it_depends_on(tmp_path, method, capsys):
    make, calls = counted()
    for _ in range(2):
        stages = StageFiles(tmp_path)
        result = getattr(stages, method)("features", "2a", {"seed": 1}, make)
        assert_array_equal(result["x"], [1, 1, 1])
        assert result["a/b"].item() == "text"
    assert len(calls) == 1 and stages.reused == [("features", "2a")]
    getattr(stages, method)("features", "2a", {"seed": 2}, make)
    getattr(stages, method)("maps", "2a", {"seed": 1}, make)
    assert len(calls) == 3
    stages.report()
    assert capsys.readouterr().err == "rlvis: reused features 2a\n"


def test_code_and_machine_count(tmp_path, monkeypatch):
    make, calls = counted()
    StageFiles(tmp_path).obtain("features", "2a", 1, make)
    monkeypatch.setenv("XLA_FLAGS", "--xla_other=1")
    StageFiles(tmp_path).obtain("features", "2a", 1, make)
    assert len(calls) == 2


def test_nothing_is_kept_without_a_folder_or_known_dependencies(tmp_path, capsys):
    make, calls = counted()
    for stages, dependencies in ((StageFiles(), 1), (StageFiles(), 1), (StageFiles(tmp_path), None), (StageFiles(tmp_path), None)):
        assert_array_equal(stages.obtain("features", "2a", dependencies, make)["x"], [1, 1, 1])
        stages.report()
    assert len(calls) == 4 and list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:100], lambda data: data[:-1], lambda data: data + b"x", lambda data: data[:300] + bytes([data[300] ^ 1]) + data[301:], lambda data: b"0" * 64 + data[64:]])
def test_damaged_files_are_made_again(tmp_path, damage):
    make, calls = counted()
    StageFiles(tmp_path).obtain("features", "2a", 1, make)
    path, = tmp_path.iterdir()
    good = path.read_bytes()
    path.write_bytes(damage(good))
    stages = StageFiles(tmp_path)
    assert_array_equal(stages.obtain("features", "2a", 1, make)["x"], [1, 1, 1])
    assert len(calls) == 2 and stages.reused == [] and path.read_bytes() == good


def test_pickles_are_never_read(tmp_path):
    objects = {"x": np.array([print], object)}
    with pytest.raises(ValueError, match="x holds Python objects"):
        write_arrays(tmp_path / "x", objects)
    content = io.BytesIO()
    np.savez(content, **objects)
    (tmp_path / "x").write_bytes(hashlib.sha256(content.getvalue()).hexdigest().encode() + b"\n" + content.getvalue())
    for is_large in (None, lambda name, size: True):
        assert read_arrays(tmp_path / "x", is_large) is None


def test_the_least_recently_used_go(tmp_path):
    stages = StageFiles(tmp_path, limit=2500)
    for number in range(3):
        stages.obtain("maps", f"{number}", number, lambda: {"x": np.zeros(100)})
    by_number = {number: stages._path("maps", number) for number in range(3)}
    for number, path in by_number.items():
        os.utime(path, (1000 + number, 1000 + number))
    StageFiles(tmp_path).obtain("maps", "0", 0, dict)
    (tmp_path / "notes.txt").write_text("x" * 9000)
    stages.tidy()
    assert {path.name for path in tmp_path.iterdir()} == {by_number[0].name, by_number[2].name, "notes.txt"}


def test_a_full_disk_only_means_that_nothing_is_kept(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    make, calls = counted()
    stages = StageFiles(tmp_path / "file")
    for number in range(2):
        assert_array_equal(stages.obtain("features", "2a", number, make)["x"], [1, 1, 1])
    assert capsys.readouterr().err.count("nothing is kept for later runs") == 1


def test_where_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("RLVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RLVIS_WORK_DIR")
    assert stage_files(RunOptions()).folder == tmp_path / "cache" / "stages"
    monkeypatch.setenv("RLVIS_WORK_DIR", str(tmp_path / "work"))
    assert stage_files(RunOptions()).folder == tmp_path / "work"
    assert stage_files(RunOptions(work_dir=str(tmp_path / "given"))).folder == tmp_path / "given"
    assert stage_files(RunOptions(reuse=False)).folder is None
