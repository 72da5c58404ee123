import numpy as np
import pytest
from PIL import Image

from rlvis.errors import OptionError, OutputError
from rlvis.saliency_video.picture_files import frame_writer

FRAMES = [np.full((6, 8, 3), level, np.uint8) for level in (0, 120, 250)]


def test_gif(tmp_path):
    path = tmp_path / "new" / "clip.gif"
    with frame_writer(path, 10) as writer:
        for frame in FRAMES:
            writer.write(frame)
        assert not path.exists()
    with Image.open(path) as image:
        assert (image.n_frames, image.size, image.info["duration"]) == (3, (8, 6), 100)
        image.seek(1)
        assert np.abs(np.asarray(image.convert("RGB")).astype(int) - 120).max() <= 2
    assert [file.name for file in path.parent.iterdir()] == ["clip.gif"]


def test_a_gif_that_fails_leaves_the_old_one(tmp_path):
    path = tmp_path / "clip.gif"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), frame_writer(path, 10) as writer:
        writer.write(FRAMES[0])
        1 / 0
    assert path.read_bytes() == b"old"


def test_png(tmp_path):
    with frame_writer(tmp_path / "step.png", 10) as writer:
        for frame in FRAMES:
            writer.write(frame)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["step-0000.png", "step-0001.png", "step-0002.png"]
    with Image.open(tmp_path / "step-0002.png") as image:
        assert (np.asarray(image) == 250).all()


@pytest.mark.parametrize("name", ["new", "there.v2"])
def test_a_folder_gets_a_picture_a_frame_and_keeps_what_it_has(tmp_path, name):
    folder = tmp_path / name
    if "." in name:
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")
        (folder / "frame-0007.png").write_text("mine too")
    with frame_writer(folder, 10) as writer:
        for frame in FRAMES:
            writer.write(frame)
    assert {"frame-0000.png", "frame-0001.png", "frame-0002.png"} <= {file.name for file in folder.iterdir()}
    if "." in name:
        assert (folder / "notes.txt").read_text() == "mine" and (folder / "frame-0007.png").read_text() == "mine too"


@pytest.mark.parametrize("name", ["clip.png", "clip.gif", "folder"])
def test_places_that_cannot_be_written_are_found_before_anything_is_computed(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        frame_writer(tmp_path / "file" / name, 10)


def test_unknown_suffixes_are_refused(tmp_path):
    with pytest.raises(OptionError, match=r"\.avi"):
        frame_writer(tmp_path / "clip.avi", 10)
