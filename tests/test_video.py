import numpy as np
import pytest

from rlvis.errors import OptionError, OutputError
from rlvis.video import VideoWriter

av = pytest.importorskip("av", reason="PyAV is not installed")


def write(path, pictures):
    with VideoWriter(path, 25) as writer:
        for picture in pictures:
            writer.write(picture)


def read(path):
    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == 25
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def test_mkv_is_lossless(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (4, 37, 53, 3), dtype=np.uint8)
    write(tmp_path / "videos" / "a.mkv", pictures)
    np.testing.assert_array_equal(read(tmp_path / "videos" / "a.mkv"), pictures)
    assert [path.name for path in (tmp_path / "videos").iterdir()] == ["a.mkv"]


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_web_videos_look_alike(tmp_path, suffix):
    ramp = np.linspace(30, 220, 64).astype(np.uint8)
    pictures = np.stack([np.broadcast_to(np.roll(ramp, 2 * shift)[None, :, None], (45, 64, 3)) for shift in range(5)])
    write(tmp_path / f"a.{suffix}", pictures)
    found = read(tmp_path / f"a.{suffix}")
    assert found.shape == (5, 46, 64, 3)
    assert np.abs(found[:, :45].astype(int) - pictures).mean() < 6


def test_nothing_is_left_of_a_video_that_failed(tmp_path):
    with pytest.raises(OptionError, match="frames have one size"):
        write(tmp_path / "a.mkv", [np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8)])
    with pytest.raises(OptionError, match="videos are .mkv, .mp4, .webm"):
        VideoWriter(tmp_path / "a.avi")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        VideoWriter(tmp_path / "file" / "a.mkv")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
