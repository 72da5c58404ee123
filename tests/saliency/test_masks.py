import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import gaussian_filter

from rlvis.errors import OptionError
from rlvis.saliency.masks import disc_masks, interpolation_matrix, random_masks, sliding_radial, sliding_window


def greydanus_mask(centre, size, radius):
    y, x = np.ogrid[: size[0], : size[1]]
    mask = ((x - centre[1]) ** 2 + (y - centre[0]) ** 2 <= 1).astype(float)
    mask = gaussian_filter(mask, radius)
    return mask / mask.max()


def test_disc_masks_are_those_of_the_paper():
    masks = disc_masks(80, 80)
    assert masks.masks.shape == (256, 80, 80) and masks.masks.dtype == np.float32
    for index in (0, 17, 136, 255):
        assert_allclose(masks.masks[index], greydanus_mask((5 * (index // 16), 5 * (index % 16)), (80, 80), 5), atol=1e-6)


def test_disc_masks_of_a_picture_that_is_not_square():
    masks = disc_masks(21, 30, stride=10, radius=2)
    assert_array_equal(masks.rows, [0, 10, 20])
    assert_array_equal(masks.columns, [0, 10, 20])
    assert_allclose(masks.masks[5], greydanus_mask((10, 20), (21, 30), 2), atol=1e-6)


def test_interior_masks_are_numerically_rank_one():
    singular = np.linalg.svd(disc_masks(80, 80).masks[136], compute_uv=False)
    assert singular[1] / singular[0] < 1e-4


def test_radial_masks_count_only_what_is_strictly_inside():
    masks = sliding_radial(20, 30, radius=(4, 6), stride=(10, 15)).masks
    y, x = np.mgrid[:20, :30]
    assert_array_equal(masks[3], ((y - 10) / 4) ** 2 + ((x - 15) / 6) ** 2 < 1)
    assert sliding_radial(9, 9, (1, 1), (4, 4)).masks.sum() == 9


def test_windows_cover_the_middle_equally_where_the_stride_divides_them():
    covered = sliding_window(50, 64, (12, 16), (4, 8)).masks.sum(axis=0)
    assert (covered[12:-12, 16:-16] == 3 * 2).all() and covered.min() > 0


def test_windows_leave_equal_margins():
    masks = sliding_window(10, 10, (4, 4), (5, 5))
    assert_array_equal(np.flatnonzero(masks.masks[0, 1]), [1, 2, 3, 4])
    assert_allclose(masks.rows, [2.5, 7.5])


def test_random_masks_hide_as_much_as_they_should_and_repeat():
    masks = random_masks(32, 24, count=400, cells=4, keep=0.3, seed=1)
    assert masks.masks.shape == (400, 32, 24)
    assert abs(masks.masks.mean() - 0.7) < 0.02 and masks.probability == 0.7
    assert_array_equal(masks.masks, random_masks(32, 24, 400, 4, 0.3, 1).masks)
    assert np.abs(masks.masks - random_masks(32, 24, 400, 4, 0.3, 2).masks).max() > 0.5


def test_interpolation_reaches_its_knots():
    matrix = interpolation_matrix(np.array([0, 4, 8]), np.arange(10))
    assert_allclose(matrix @ [1.0, 5.0, 3.0], [1, 2, 3, 4, 5, 4.5, 4, 3.5, 3, 3])


@pytest.mark.parametrize("make", [lambda: disc_masks(8, 8, stride=0), lambda: sliding_window(8, 8, (0, 1)), lambda: random_masks(8, 8, keep=1.0)])
def test_impossible_masks_are_refused(make):
    with pytest.raises(OptionError, match="at least"):
        make()
