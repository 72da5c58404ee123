from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.evaluation.perception import enlarge, processed_picture, raw_picture, stack_pictures, tile

# Pictures are float32.
assert_allclose = partial(np.testing.assert_allclose, rtol=1e-6, atol=1e-6)


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def test_raw_picture(generator):
    picture, attention = generator.integers(0, 256, (210, 160, 3), dtype=np.uint8), generator.random((84, 84))
    assert_allclose(raw_picture(picture, attention), (picture / 255 + enlarge(attention, (210, 160))[..., None]) / 2)
    assert_allclose(raw_picture(picture, None), picture / 255)
    fixations = np.zeros((210, 160))
    fixations[10, 20], fixations[11, 20] = 4, 1
    shown = raw_picture(picture, attention, fixations)
    plain = raw_picture(picture, attention)
    assert shown[10, 20, 0] == 1
    assert_allclose(shown[11, 20, 0], max(plain[11, 20, 0], 0.25))
    assert_allclose(shown[..., 1:], plain[..., 1:])


def test_processed_picture(generator):
    observation, attention, fixations = generator.integers(0, 256, (84, 84, 4), dtype=np.uint8), generator.random((84, 84)), generator.integers(0, 3, (84, 84))
    assert_allclose(processed_picture(observation, attention, fixations), np.stack([fixations / 2, attention, observation[..., 3] / 255], -1))
    nothing = processed_picture(observation, None)
    assert not nothing[..., :2].any()
    white = np.full((5, 5, 6), 255, np.uint8)
    assert_allclose(processed_picture(white, None)[..., 2], 1)


def test_both_are_stacked_as_published(generator):
    raw, processed = generator.random((210, 160, 3)), generator.random((84, 84, 3))
    both = stack_pictures(raw, processed)
    assert both.shape == (370, 160, 3)
    assert_allclose(both[210:, :, 1], enlarge(processed[..., 1], (160, 160)))


def test_enlarging_interpolates_between_pixel_centres():
    assert_allclose(enlarge(np.array([[0.0, 1.0]]), (2, 4)), [[0, 0.25, 0.75, 1]] * 2)


@pytest.mark.parametrize("count, rows, columns", [(1, 1, 1), (2, 2, 1), (3, 2, 2), (5, 3, 2), (16, 4, 4)])
def test_tiles(count, rows, columns):
    pictures = [np.full((2, 3, 3), number + 1.0) for number in range(count)]
    tiled = tile(pictures)
    assert tiled.shape == (2 * rows, 3 * columns, 3)
    numbers = tiled[::2, ::3, 0].ravel()
    assert_array_equal(numbers[:count], np.arange(count) + 1)
    assert not numbers[count:].any()
