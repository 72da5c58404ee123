import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface.chunks import chunk_media
from rlvis.interface.colors import feature_colors
from rlvis.interface.content import ObservationFormat
from rlvis.interface.sheets import MAX_SIDE, pictures, read_sheets, sheet_chunk, sheet_layout


def noise(shape):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def read(chunk, height, width):
    return read_sheets(chunk.header["entries"], chunk_media(chunk), height, width)


@pytest.mark.parametrize("shape", [(1, 8, 8, 3), (7, 6, 11, 3), (23, 10, 4, 1), (5, 21, 16, 3)])
def test_lossless_frames_come_back(shape):
    frames = noise(shape)
    np.testing.assert_array_equal(read(sheet_chunk("f", frames), *shape[1:3]), np.broadcast_to(frames, (*shape[:3], 3)))


def test_many_frames_take_several_sheets():
    frames = noise((9, 600, 900, 1)) // 128 * 255
    chunk = sheet_chunk("f", frames)
    entries = chunk.header["entries"]
    assert [(entry["key"], entry["first"], entry["count"]) for entry in entries] == [("sheet-0", 0, 6), ("sheet-1", 6, 3)]
    np.testing.assert_array_equal(read(chunk, 600, 900)[..., :1], frames)


@pytest.mark.parametrize(("count", "height", "width"), [(1, 64, 64), (512, 64, 64), (4096, 64, 64), (100, 210, 160), (3, 512, 512), (10, 3000, 20), (300, 10, 10)])
def test_layouts(count, height, width):
    layout = sheet_layout(count, height, width)
    assert layout.columns >= 1 and layout.rows >= 1
    assert layout.columns * width <= MAX_SIDE
    assert layout.rows * height <= max(MAX_SIDE, height)
    sheets = -(-count // layout.capacity)
    assert sheets * layout.capacity >= count
    assert (sheets - 1) * layout.capacity < count


def test_frames_that_no_picture_holds():
    with pytest.raises(OutputError, match="too large"):
        sheet_layout(2, 20000, 10)


def test_lossy_frames_are_close_and_small():
    frames = np.broadcast_to(np.linspace(0, 255, 64).astype(np.uint8)[:, None, None], (4, 64, 64, 3))
    lossy = sheet_chunk("h", frames, 80)
    assert np.abs(read(lossy, 64, 64).astype(int) - frames).mean() < 3
    assert len(sheet_chunk("h", noise((4, 64, 64, 3)), 80).body) < len(sheet_chunk("h", noise((4, 64, 64, 3))).body) / 2


def test_frames_may_be_read_piece_by_piece():
    class Recorded:
        shape = (9, 600, 900, 3)
        largest = 0

        def __getitem__(self, part):
            start, stop, _ = part.indices(9)
            self.largest = max(self.largest, stop - start)
            return np.zeros((stop - start, 600, 900, 3), np.uint8)

    recorded = Recorded()
    sheet_chunk("h", recorded, 80)
    assert recorded.largest == 6


def test_stacks_show_their_newest_frame():
    observations = noise((3, 5, 4, 8))
    np.testing.assert_array_equal(pictures(observations, ObservationFormat(5, 4, 1, 8)), observations[..., -1:])
    assert pictures(observations[..., 2:], ObservationFormat(5, 4, 3, 2)).tobytes() == observations[..., 5:].tobytes()


def test_floating_point_and_boolean_observations():
    values = np.array([-1.0, 0.0, 1.0, 9.0], np.float32).reshape(1, 2, 2, 1)
    np.testing.assert_array_equal(pictures(values, ObservationFormat(2, 2, 1, low=-1, high=1)).ravel(), [0, 128, 255, 255])
    np.testing.assert_array_equal(pictures(values > 0, ObservationFormat(2, 2, 1)).ravel(), [0, 0, 255, 255])


def test_other_channels_get_colors():
    observations = np.zeros((1, 1, 3, 4), bool)
    observations[0, 0, 0, 2] = True
    observations[0, 0, 1, [0, 2]] = True
    shown = pictures(observations, ObservationFormat(1, 3, 4))
    colors = feature_colors(4)
    colors = np.rint(255 * colors / colors.max(axis=1, keepdims=True))
    np.testing.assert_array_equal(shown[0, 0], [colors[2], np.maximum(colors[0], colors[2]), [0, 0, 0]])


def test_wrong_layout():
    with pytest.raises(OutputError, match=r"shape \(5, 4, 3\), expected \(5, 4, 4\)"):
        pictures(noise((2, 5, 4, 3)), ObservationFormat(5, 4, 1, 4))
