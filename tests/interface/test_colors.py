import numpy as np
import pytest

from rlvis.interface.colors import feature_colors, greyscale, hex_colors, input_colors


def test_eight_features_have_the_published_colors():
    assert hex_colors(feature_colors(8)) == ("#ff0000", "#ffe400", "#a1ff00", "#00ff4e", "#00ffff", "#004eff", "#a100ff", "#ff00e4")


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 16, 64])
def test_colors_are_distinct_unit_vectors(count):
    colors = feature_colors(count)
    assert colors.shape == (count, 3)
    np.testing.assert_allclose(np.linalg.norm(colors, axis=1), 1)
    assert len(set(hex_colors(colors))) == count


def test_six_features_are_the_primaries():
    assert hex_colors(feature_colors(6)) == ("#ff0000", "#ffff00", "#00ff00", "#00ffff", "#0000ff", "#ff00ff")


def test_no_features_have_no_colors():
    assert hex_colors(feature_colors(0)) == ()


def test_input_colors():
    assert input_colors(3) == ("#ff0000", "#00ff00", "#0000ff")
    assert input_colors(1, stack=4) == ("#ffffff",) * 4
    assert input_colors(4, stack=2) == hex_colors(feature_colors(4)) * 2


def test_greyscale_is_luma():
    frames = np.array([[[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]]], np.uint8)
    np.testing.assert_array_equal(greyscale(frames), [[[76, 150], [29, 255]]])
    np.testing.assert_array_equal(greyscale(frames[..., :1]), frames[..., 0])
