import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis import stored_frames
from rlvis.stored_frames import ChosenFrames, StoredFrames, block_slices, blocks, new_frames

VALUES = np.random.default_rng(0).integers(0, 256, (7, 3, 2), np.uint8)


@pytest.fixture
def stored():
    frames = StoredFrames(VALUES.shape, VALUES.dtype)
    frames[4:] = VALUES[4:]
    frames[1] = VALUES[1]
    frames[[0, 2, 3]] = VALUES[[0, 2, 3]]
    return frames


@pytest.mark.parametrize("key", [
    slice(None), slice(2, 5), slice(5, 2), slice(-3, None), slice(None, None, 3), slice(None, None, -2), 0, -1, np.int64(3), [4, 4, 1], [-1, 0], np.array([[6, 5], [0, 6]]), np.arange(0),
])  # fmt: skip
def test_frames_are_read_as_those_of_an_array(stored, key):
    found = stored[key]
    assert_array_equal(found, VALUES[np.asarray(key) if isinstance(key, list) else key], strict=True)


def test_it_describes_itself_as_an_array_does(stored):
    assert (stored.shape, stored.dtype, stored.ndim, stored.nbytes, len(stored)) == (VALUES.shape, VALUES.dtype, 3, VALUES.nbytes, 7)
    assert_array_equal(stored, VALUES)
    assert np.asarray(stored, np.float32).dtype == np.float32
    assert_array_equal([frame.sum() for frame in stored], VALUES.sum(axis=(1, 2)))


def test_it_travels_as_an_array(stored):
    found = pickle.loads(pickle.dumps(stored))
    assert isinstance(found, np.ndarray)
    assert_array_equal(found, VALUES)


@pytest.mark.parametrize("dtype", [bool, np.float32, np.int64])
def test_any_type_of_number(dtype):
    frames = StoredFrames((4, 2), dtype)
    frames[:] = np.arange(8).reshape(4, 2) % 2
    assert_array_equal(frames[1:3], np.array([[0, 1], [0, 1]], dtype), strict=True)


@pytest.mark.parametrize("key, message", [(7, "there are 7 frames"), ([0, -8], "there are 7 frames"), (0.5, "by frame numbers"), ([True] * 7, "by frame numbers")])
def test_frames_that_are_not_there(stored, key, message):
    with pytest.raises(IndexError, match=message):
        stored[key]
    with pytest.raises(IndexError, match=message):
        stored[key] = 0


def test_frames_of_another_shape_are_refused(stored):
    with pytest.raises(ValueError, match="broadcast"):
        stored[2:4] = np.zeros((3, 3, 2))


def test_only_what_is_large_goes_to_a_file(tmp_path, monkeypatch):
    assert isinstance(new_frames((5, 4), np.float32, 80), np.ndarray)
    assert isinstance(new_frames((5, 4), np.float32, 79), StoredFrames)
    monkeypatch.setattr(stored_frames.ByteFile, "possible", staticmethod(lambda: False))
    assert isinstance(new_frames((5, 4), np.float32, 0), np.ndarray)


def test_blocks_are_the_same_wherever_the_array_is(stored, monkeypatch):
    monkeypatch.setattr(stored_frames, "_BLOCK_BYTES", 13)
    for array in (VALUES, stored, np.asfortranarray(VALUES)):
        parts = list(blocks(array))
        assert [len(part) for part in parts] == [2, 2, 2, 1] and all(part.flags.c_contiguous for part in parts)
        assert_array_equal(np.concatenate(parts), VALUES)
    assert [block.item() for block in blocks(np.float32(3))] == [3]
    assert list(block_slices(3, 100)) == [slice(0, 1), slice(1, 2), slice(2, 3)]
    assert list(block_slices(3, 0)) == [slice(0, 3)] and list(block_slices(0, 5)) == []


def test_chosen_frames(stored):
    for frames in (VALUES, stored):
        chosen = ChosenFrames(frames, np.array([5, 1, 1]))
        assert len(chosen) == 3 and chosen.shape == (3, 3, 2) and chosen.dtype == np.uint8
        assert_array_equal(chosen[1:3], VALUES[[1, 1]])
