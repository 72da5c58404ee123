import numpy as np
import pytest
from PIL import Image

from rlvis.environments.resize import area_weights, linear_weights, resize_area, resize_bilinear, resize_linear

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 21, 16, 3), dtype=np.uint8)


@pytest.mark.parametrize("weights", [area_weights, linear_weights])
@pytest.mark.parametrize(("source", "target"), [(210, 84), (160, 84), (160, 80), (84, 84), (7, 3), (5, 1)])
def test_weights_are_shares(weights, source, target):
    table = weights(source, target)
    assert table.shape == (target, source) and (table >= 0).all()
    np.testing.assert_allclose(table.sum(1), 1, rtol=1e-6)


def test_area_by_a_whole_factor_is_the_mean_of_blocks():
    expected = PICTURES.reshape(2, 7, 3, 8, 2, 3).mean((2, 4))
    np.testing.assert_allclose(resize_area(PICTURES, (7, 8)), expected, atol=0.501)


def test_area_by_a_broken_factor_is_the_mean_of_a_finer_grid():
    """21 rows to 6 and 16 columns to 5: exact on pictures enlarged so that all edges fall between pixels."""
    fine = PICTURES.repeat(6, 1).repeat(5, 2)
    expected = fine.reshape(2, 6, 21, 5, 16, 3).mean((2, 4))
    np.testing.assert_allclose(resize_area(PICTURES, (6, 5)), expected, atol=0.501)


def test_sizes_that_stay_change_nothing():
    for resize in (resize_area, resize_linear, resize_bilinear):
        assert np.array_equal(resize(PICTURES, (21, 16)), PICTURES)


def test_linear_interpolates_between_pixel_centres():
    ramp = np.arange(0, 160, 10, dtype=np.uint8)[None, :, None] * np.ones((4, 1, 1), np.uint8)
    enlarged = resize_linear(ramp, (4, 32))[0, :, 0]
    expected = np.interp((np.arange(32) + 0.5) / 2 - 0.5, np.arange(16), ramp[0, :, 0].astype(float))
    np.testing.assert_allclose(enlarged, expected, atol=0.501)
    # Made smaller it looks at points only: every third pixel here.
    assert np.array_equal(resize_linear(PICTURES, (7, 16))[0], PICTURES[0, 1::3])


def test_bilinear_is_pillows():
    expected = np.asarray(Image.fromarray(PICTURES[1]).resize((9, 10), Image.Resampling.BILINEAR))
    resized = resize_bilinear(PICTURES, (10, 9))
    assert resized.shape == (2, 10, 9, 3) and resized.dtype == np.uint8
    assert np.array_equal(resized[1], expected)
