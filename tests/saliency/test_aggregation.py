import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from rlvis.errors import OptionError
from rlvis.saliency.aggregation import interpolate_grid, published_resize, weight_by_masks, weight_randomly
from rlvis.saliency.masks import MaskSet, disc_masks, random_masks, sliding_window

MASKS = disc_masks(20, 15, 5, 2)
SCORES = np.random.default_rng(0).random((2, 12), np.float32)


def test_grid_maps_pass_through_the_scores():
    maps = interpolate_grid(SCORES, MASKS)
    assert_allclose(maps[:, ::5, ::5], SCORES.reshape(2, 4, 3), rtol=1e-6)
    assert_allclose(maps[0, 5, 7], 0.6 * SCORES[0, 4] + 0.4 * SCORES[0, 5], rtol=1e-6)


def test_published_resize_is_what_the_published_code_did():
    grid = np.zeros((5, 4), np.float32)
    grid[:4, :3] = SCORES[0].reshape(4, 3)
    levels = np.round((grid - grid.min()) / (grid.max() - grid.min()) * 255).astype(np.uint8)
    enlarged = np.array(Image.fromarray(levels).resize((15, 20), Image.Resampling.BILINEAR)).astype(float)
    result = published_resize(SCORES[:1], MASKS, dead_border=True, byte_scaled=True)[0]
    assert_allclose(result, enlarged * grid.max() / enlarged.max(), rtol=1e-5)


def test_quirks_can_be_had_one_by_one():
    plain = published_resize(SCORES, MASKS, dead_border=False, byte_scaled=False)
    assert plain.min() >= SCORES.min() and plain.shape == (2, 20, 15)
    assert_array_equal(published_resize(SCORES, MASKS, dead_border=True, byte_scaled=False)[:, -1], 0)
    assert (published_resize(SCORES, MASKS, dead_border=False, byte_scaled=True).min(axis=(1, 2)) == 0).all()
    assert_array_equal(published_resize(0 * SCORES, MASKS, True, True), 0)


def test_mask_weights_are_a_mean_over_covering_masks():
    masks = sliding_window(20, 15, (5, 5), (4, 4))
    scores = np.random.default_rng(1).random((1, len(masks)), np.float32)
    result = weight_by_masks(scores, masks)[0]
    covering = [scores[0, k] for k in range(len(masks)) if masks.masks[k, 7, 9]]
    assert_allclose(result[7, 9], np.mean(covering), rtol=1e-5)


def test_what_no_mask_covers_is_zero():
    lonely = MaskSet(np.pad(np.ones((1, 2, 2), np.float32), ((0, 0), (0, 2), (0, 2))))
    assert_array_equal(weight_by_masks(np.ones((1, 1), np.float32), lonely)[0], [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


def test_random_masks_find_the_place_that_matters():
    masks = random_masks(16, 16, 2000, 8, 0.5, seed=3)
    scores = masks.masks[:, 4, 11][None]
    result = weight_randomly(scores, masks)[0]
    assert np.abs(np.array(np.unravel_index(result.argmax(), result.shape)) - (4, 11)).max() <= 1
    assert_allclose(result, np.tensordot(scores[0], masks.masks - 0.5, axes=1) / 2000, atol=1e-5)


def test_random_masks_are_on_no_grid():
    with pytest.raises(OptionError, match="no grid"):
        interpolate_grid(np.zeros((1, 3), np.float32), random_masks(8, 8, 3))
