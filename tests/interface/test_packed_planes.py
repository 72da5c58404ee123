import numpy as np
import pytest

from rlvis import stored_frames
from rlvis.interface import packed_planes
from rlvis.interface.packed_planes import LEVELS, UnpackedPlanes, error_bound, level_numbers, level_values, pack_planes, unpack_planes
from rlvis.interface.scales import display_scale, frame_maxima


def heavy_tailed(shape, seed=0):
    """Values over many orders of magnitude, as attributions are."""
    generator = np.random.default_rng(seed)
    return (generator.normal(size=shape) * np.exp(2 * generator.normal(size=shape))).astype(np.float32)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 5), (7, 7), (8, 6)])
@pytest.mark.parametrize("magnitude", [1e-30, 1.0, 1e20])
def test_stored_values_are_within_the_bound(size, magnitude):
    values = magnitude * heavy_tailed((3, 4, *size))
    scale = display_scale(frame_maxima(values.transpose(1, 2, 3, 0)))
    packed = pack_planes(list(values), scale)
    assert packed.shape == values.shape
    error = np.abs(unpack_planes(packed).astype(np.float64) - values)
    assert (error <= error_bound(values, scale) * (1 + 1e-5)).all()


def test_more_levels_are_more_exact():
    values = heavy_tailed((2, 5, 6, 6))
    errors = [np.abs(unpack_planes(pack_planes(list(values), 1.0, levels)) - values).mean() for levels in (5, 10, 40, 160)]
    assert errors[0] > 1.8 * errors[1] > 1.8 * 3.6 * errors[2] > 1.8 * 3.6 * 3.6 * errors[3]


def test_documented_bounds():
    np.testing.assert_allclose(error_bound(np.array([1.0]), 1), 0.085, atol=0.001)
    np.testing.assert_allclose(error_bound(np.array([0.1]), 1), 0.036, atol=0.001)
    np.testing.assert_array_equal(level_numbers(np.array([1 / 148, -1 / 148, 1 / 145]), 1.0), [0, 0, 1])


def test_zero_and_sign_stay():
    values = np.array([[[[0.0, -0.0, 3.0, -3.0, 1e-9]]]], np.float32)
    np.testing.assert_array_equal(np.sign(unpack_planes(pack_planes(list(values), 3.0))), [[[[0, 0, 1, -1, 0]]]])


def test_levels_are_the_inverse_of_numbers():
    numbers = np.arange(-300, 301)
    np.testing.assert_array_equal(level_numbers(level_values(numbers, 0.37), 0.37), numbers)


def test_escapes_are_few_and_in_order():
    values = np.zeros((1, 1, 1, 4), np.float32)
    values[0, 0, 0] = level_values(np.array([9, -1, 2, -30]), 1.0)
    packed = pack_planes(list(values), 1.0)
    np.testing.assert_array_equal(packed.escapes, [9, -30])
    np.testing.assert_array_equal(packed.pairs.ravel(), [0 << 4 | 7, 10 << 4 | 0])
    np.testing.assert_allclose(unpack_planes(packed), values, rtol=0, atol=np.abs(values).max() / 32767)


def test_bytes_are_ordered_by_column_pair_frame_row():
    values = np.zeros((1, 2, 3, 4), np.float32)
    values[0, 1, 2, 2] = 1
    pairs = pack_planes(list(values), 1.0).pairs
    assert pairs.shape == (1, 2, 2, 3)
    assert np.argwhere(pairs != 8 << 4 | 8).tolist() == [[0, 1, 1, 2]]


def test_planes_of_zeros():
    packed = pack_planes([np.zeros((2, 3, 3), np.float32)], 1.0)
    assert not unpack_planes(packed).any()


@pytest.mark.parametrize("levels", [10, 500])
def test_outliers_do_not_overflow(levels):
    values = np.ones((1, 2, 2, 2), np.float32)
    values[0, 0, 0, 0] = 1e9
    packed = pack_planes(list(values), 1.0, levels)
    np.testing.assert_allclose(unpack_planes(packed)[0, 0, 0, 0], 1e9, rtol=1e-3)
    assert packed.escapes.size == 1


@pytest.mark.parametrize("width", [7, 8])
@pytest.mark.parametrize("limit", [0, 1e9])
def test_a_few_frames_at_a_time_come_out_in_the_same_order(width, limit, monkeypatch):
    values = heavy_tailed((2, 13, 4, width))
    whole = pack_planes(list(values), 0.5)
    monkeypatch.setattr(stored_frames, "_BLOCK_BYTES", 4 * 4 * width * 3)
    monkeypatch.setattr(packed_planes, "MOST_IN_MEMORY", limit)
    parts = pack_planes(list(values), 0.5)
    np.testing.assert_array_equal(whole.pairs, parts.pairs)
    np.testing.assert_array_equal(whole.escapes, parts.escapes)
    assert whole.escapes.size > 20
    unpacked = unpack_planes(whole)
    for frames in (slice(0, 3), slice(3, 9), slice(12, 20)):
        np.testing.assert_array_equal(UnpackedPlanes(parts)[frames], unpacked[:, frames])
