import json
import os
import stat

import pytest

from rlvis.errors import OutputError
from rlvis.interface import destination as destination_module
from rlvis.interface import writing
from rlvis.interface.destination import claim_directory, new_directory
from rlvis.interface.writing import put_in_place, verify, write_manifest


def write(destination, files, title="t"):
    """Write a directory of text files as rlvis would."""
    with claim_directory(destination) as destination, new_directory(destination) as partial:
        for name, text in files.items():
            (partial / name).parent.mkdir(exist_ok=True)
            (partial / name).write_text(text)
        write_manifest(partial, title)
        put_in_place(partial, destination)


def contents(directory):
    return {path.relative_to(directory).as_posix(): path.read_text() for path in directory.rglob("*") if path.is_file() and path.name != "manifest.json"}


OLD = {"interface.html": "old", "data/a.1.js": "a1", "data/b.1.js": "b1"}
NEW = {"interface.html": "new", "data/a.2.js": "a2", "data/b.1.js": "b1"}


@pytest.fixture
def place(tmp_path):
    return tmp_path / "out"


def test_new_and_empty_directories(place):
    write(place, OLD)
    assert contents(place) == OLD
    empty = place.parent / "empty"
    empty.mkdir()
    write(empty, OLD)
    assert contents(empty) == OLD


def test_parents_are_made(tmp_path):
    write(tmp_path / "a" / "b" / "c", OLD)
    assert verify(tmp_path / "a" / "b" / "c") == 3


def test_nothing_else_is_left_beside_it(place):
    write(place, OLD)
    write(place, NEW)
    assert os.listdir(place.parent) == ["out"]


def test_others_may_read_the_result(place):
    write(place, OLD)
    expected = 0o777 & ~_umask()
    assert stat.S_IMODE(place.stat().st_mode) == expected


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_an_earlier_interface_is_replaced(place):
    write(place, OLD)
    write(place, NEW, "second")
    assert contents(place) == NEW
    assert json.loads((place / "manifest.json").read_text())["title"] == "second"
    verify(place)


def test_writing_the_same_again(place):
    write(place, OLD)
    write(place, OLD)
    assert contents(place) == OLD


def test_directories_that_became_empty_go(place):
    write(place, OLD)
    write(place, {"interface.html": "all in one"})
    assert sorted(os.listdir(place)) == ["interface.html", "manifest.json"]


def test_foreign_files_stay(place):
    write(place, OLD)
    (place / "notes.txt").write_text("mine")
    (place / "data" / "mine.csv").write_text("mine too")
    write(place, {"interface.html": "new"})
    assert contents(place) == {"interface.html": "new", "notes.txt": "mine", "data/mine.csv": "mine too"}
    assert verify(place) == 1


def test_a_foreign_file_in_the_way_is_refused(place):
    write(place, OLD)
    (place / "data" / "a.2.js").write_text("mine")
    with pytest.raises(OutputError, match="rlvis did not write"):
        write(place, NEW)
    assert contents(place) == {**OLD, "data/a.2.js": "mine"}


def test_a_file_somebody_changed_is_refused(place):
    write(place, OLD)
    (place / "interface.html").write_text("edited by hand")
    with pytest.raises(OutputError, match=r"changed by somebody else \(interface\.html\)"):
        write(place, NEW)
    assert contents(place) == {**OLD, "interface.html": "edited by hand"}


@pytest.mark.parametrize("manifest", [None, "not json", "[]", '{"format": "other"}', '{"format": "rlvis-interface"}'])
def test_directories_of_somebody_else_are_refused(place, manifest):
    place.mkdir()
    (place / "thesis.tex").write_text("years of work")
    if manifest is not None:
        (place / "manifest.json").write_text(manifest)
    with pytest.raises(OutputError, match="not written by rlvis"):
        write(place, NEW)
    assert (place / "thesis.tex").read_text() == "years of work"


def test_files_are_refused(place):
    place.write_text("a file")
    with pytest.raises(OutputError, match="is a file"):
        write(place, NEW)
    with pytest.raises(OutputError, match="cannot write to"):
        write(place / "below", NEW)
    assert place.read_text() == "a file"


def test_links_to_directories_are_followed(place, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    place.symlink_to(tmp_path / "elsewhere")
    write(place, OLD)
    assert place.is_symlink()
    assert contents(tmp_path / "elsewhere") == OLD


def test_mounted_volumes(place, monkeypatch):
    """A volume cannot be renamed, nor can files be moved into it from outside in one step."""
    place.mkdir()
    monkeypatch.setattr(destination_module, "_same_device", lambda *_: False)
    made = place.stat().st_ino
    for files in (OLD, NEW):
        with new_directory(place) as partial:
            assert partial.parent == place
        write(place, files)
        assert contents(place) == files
    assert place.stat().st_ino == made
    assert sorted(os.listdir(place)) == ["data", "interface.html", "manifest.json"]
    verify(place)


def test_interrupted_while_writing(place):
    write(place, OLD)
    with pytest.raises(KeyboardInterrupt), new_directory(place) as partial:
        (partial / "interface.html").write_text("half")
        raise KeyboardInterrupt
    assert contents(place) == OLD
    assert os.listdir(place.parent) == ["out"]


@pytest.mark.parametrize("step", range(10))
def test_interrupted_while_replacing(place, monkeypatch, step):
    """Whichever file operation fails, a whole interface is in place, and the next run puts everything right."""
    write(place, OLD)
    (place / "notes.txt").write_text("mine")
    done = []

    def counted(function):
        def operation(*arguments, **options):
            if len(done) == step:
                raise KeyboardInterrupt
            done.append(function)
            return function(*arguments, **options)

        return operation

    monkeypatch.setattr(writing.os, "replace", counted(os.replace))
    monkeypatch.setattr(writing.Path, "unlink", counted(writing.Path.unlink))
    try:
        write(place, NEW)
        assert step == 9
    except KeyboardInterrupt:
        found = contents(place)
        whole = OLD if found["interface.html"] == "old" else NEW
        assert whole.items() <= found.items()
        assert len(done) == step
    monkeypatch.undo()
    write(place, {"interface.html": "third"})
    assert contents(place) == {"interface.html": "third", "notes.txt": "mine"}


def test_full_disks_are_reported(place, monkeypatch):
    replace = os.replace

    def full(source, target):
        if target.is_relative_to(place):
            raise OSError(28, "No space left on device")
        replace(source, target)

    write(place, OLD)
    monkeypatch.setattr(writing.os, "replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write(place, NEW)
    monkeypatch.undo()
    assert contents(place) == OLD


def test_verify_names_what_is_wrong(place):
    write(place, OLD)
    assert verify(place) == 3
    (place / "data" / "a.1.js").write_text("damaged")
    (place / "data" / "b.1.js").unlink()
    with pytest.raises(OutputError, match=r"1 missing: data/b\.1\.js; 1 changed: data/a\.1\.js"):
        verify(place)


def test_verify_without_an_interface(tmp_path):
    with pytest.raises(OutputError, match="holds no interface"):
        verify(tmp_path)
