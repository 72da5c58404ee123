import os

import pytest

from rlvis.errors import OutputError
from rlvis.interface import destination
from rlvis.interface.destination import claim_directory, new_directory


def test_the_second_is_refused_until_the_first_has_ended(tmp_path):
    with claim_directory(tmp_path / "out"):
        with pytest.raises(OutputError, match="another run is writing to .*out"), claim_directory(tmp_path / "out"):
            pass
        with claim_directory(tmp_path / "other"):
            pass
    with claim_directory(tmp_path / "out"):
        pass
    assert os.listdir(tmp_path) == []


def test_links_to_one_directory_are_one_directory(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "out")
    (tmp_path / "out").mkdir()
    with claim_directory(tmp_path / "link"), pytest.raises(OutputError, match="another run"), claim_directory(tmp_path / "out"):
        pass


def test_what_killed_runs_left_is_removed_and_nothing_else(tmp_path):
    left = [".out.rlvis-partial-1-ab", ".out.rlvis-partial-2-cd"]
    others = [".other.rlvis-partial-1-ab", "out.rlvis-partial-1-ab", ".out.mine"]
    for name in (*left, *others):
        (tmp_path / name / "data").mkdir(parents=True)
    (tmp_path / ".out.rlvis-partial-file").write_text("mine")
    (tmp_path / ".out.rlvis-lock").write_text("")
    with claim_directory(tmp_path / "out"):
        pass
    assert sorted(os.listdir(tmp_path)) == sorted([*others, ".out.rlvis-partial-file"])


def test_within_a_mounted_volume(tmp_path, monkeypatch):
    place = tmp_path / "out"
    (place / ".rlvis-partial-1-ab").mkdir(parents=True)
    monkeypatch.setattr(destination, "_same_device", lambda *_: False)
    with claim_directory(place):
        assert os.listdir(place) == [".rlvis-lock"]
        with pytest.raises(OutputError, match="another run"), claim_directory(place):
            pass
        with new_directory(place) as partial:
            assert partial.parent == place
    assert os.listdir(place) == []


def test_where_there_are_no_locks_nothing_is_removed(tmp_path, monkeypatch):
    from rlvis import file_lock

    (tmp_path / ".out.rlvis-partial-1-ab").mkdir()
    monkeypatch.setattr(file_lock, "fcntl", None)
    with claim_directory(tmp_path / "out"):
        pass
    assert os.listdir(tmp_path) == [".out.rlvis-partial-1-ab"]


def test_parents_are_made_and_go_again_if_nothing_is_written(tmp_path):
    with claim_directory(tmp_path / "a" / "b" / "out"):
        assert (tmp_path / "a" / "b").is_dir()
    assert os.listdir(tmp_path) == []
    with claim_directory(tmp_path / "a" / "b" / "out") as place:
        place.mkdir()
    assert place.is_dir()


def test_places_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("mine")
    for name, message in (("file", "is a file"), ("file/below", "cannot write to")):
        with pytest.raises(OutputError, match=message), claim_directory(tmp_path / name):
            pass
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("mine")
    with pytest.raises(OutputError, match="not written by rlvis"), claim_directory(tmp_path / "full"):
        pass
    assert sorted(os.listdir(tmp_path)) == ["file", "full"]
