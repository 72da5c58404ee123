import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import gaussian_filter

from rlvis.saliency_video.overlay import enlarge_picture, one_sign, overlay, place_map


def test_light_is_added_in_its_colour():
    picture = np.full((2, 2, 3), 100, np.uint8)
    actor, critic = np.array([[1, 0.5], [0, 0]]), np.array([[1, 0], [0, 0]])
    assert_array_equal(overlay(picture, [actor, critic], [(0, 0, 1), (1, 0, 0)], 200), [[[255, 100, 255], [100, 100, 200]], [[100] * 3] * 2])
    assert_array_equal(overlay(picture, [0 * actor], [(1, 1, 1)], 200), picture)


def test_light_can_be_mixed_with_the_picture():
    picture = np.full((1, 2, 3), 100, np.uint8)
    assert_array_equal(overlay(picture, [np.array([[1.0, 0.0]])], [(0, 0, 1)], 255, blend=0.6), [[[40, 40, 193], [40, 40, 40]]])


def test_maps_are_enlarged_to_the_part_they_are_about():
    placed = place_map(np.array([[0.0, 1.0]]), (6, 8), box=(1, 3, 2, 6))
    assert_array_equal(placed[1], [0, 0, 0, 0.25, 0.75, 1, 0, 0])
    assert_array_equal(placed[[0, 3, 4, 5]], 0)
    assert_array_equal(place_map(np.eye(3), (3, 3)), np.eye(3))


def test_maps_can_be_smoothed():
    spot = np.zeros((20, 20))
    spot[10, 10] = 1
    assert_allclose(place_map(spot, (20, 20), sigma=2.0), gaussian_filter(spot, 2.0), atol=1e-6)


def test_one_sign_at_a_time():
    maps = np.array([-2.0, 3.0])
    assert [one_sign(maps, sign).tolist() for sign in ("absolute", "positive", "negative")] == [[2, 3], [0, 3], [2, 0]]


def test_pixels_become_squares():
    assert_array_equal(enlarge_picture(np.arange(12).reshape(2, 2, 3), 2)[:, :, 0], [[0, 0, 3, 3], [0, 0, 3, 3], [6, 6, 9, 9], [6, 6, 9, 9]])
