import numpy as np

from rlvis.interface.scales import display_scale, frame_maxima, signed_frame_maxima


def test_scale_is_the_median_of_the_frames_largest_magnitudes():
    planes = np.random.default_rng(0).normal(size=(7, 3, 4, 2)).astype(np.float32)
    expected = np.median(np.abs(planes).reshape(7, -1).max(axis=1))
    assert display_scale(frame_maxima(planes)) == np.float32(expected)


def test_maxima_of_one_sign():
    planes = -np.ones((2, 1, 1, 1), np.float32)
    np.testing.assert_array_equal(frame_maxima(planes), [1, 1])
    np.testing.assert_array_equal(signed_frame_maxima(planes), [-1, -1])


def test_signed_scale_can_be_negative_as_the_reference():
    assert display_scale(signed_frame_maxima(-np.ones((3, 2, 2, 1), np.float32))) == -1


def test_mostly_empty_trajectories_use_the_largest():
    assert display_scale(np.array([0, 0, 0, 5, 3], np.float32)) == 5


def test_empty_trajectories_have_scale_one():
    assert display_scale(np.zeros(4, np.float32)) == 1
