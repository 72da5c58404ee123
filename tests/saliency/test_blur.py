import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.ndimage import gaussian_filter

from rlvis.errors import OptionError
from rlvis.saliency.blur import gaussian_blur, gaussian_matrix


@pytest.mark.parametrize("shape", [(80, 80, 1), (11, 40, 3), (3, 5, 2)])
@pytest.mark.parametrize("sigma", [0.7, 3.0, 5.0])
def test_equals_scipy(shape, sigma):
    pictures = np.random.default_rng(0).random((2, *shape), np.float32)
    expected = np.stack([np.stack([gaussian_filter(picture[..., c], sigma) for c in range(shape[-1])], axis=-1) for picture in pictures])
    assert_allclose(gaussian_blur(pictures, sigma), expected, atol=2e-6)


def test_every_row_of_the_matrix_sums_to_one():
    assert_allclose(gaussian_matrix(7, 4.0).sum(axis=1), 1)


def test_no_blur_is_the_identity():
    assert (gaussian_matrix(5, 0.0) == np.eye(5)).all()


def test_negative_sigma_is_refused():
    with pytest.raises(OptionError, match="at least 0"):
        gaussian_matrix(5, -1.0)
