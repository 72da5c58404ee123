import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.errors import OptionError
from rlvis.saliency.normalization import normalize_maps, stretch_map

MAPS = np.array([[[1.0, -2.0]], [[0.5, 0.0]], [[0.0, 0.0]]])


def test_scales():
    assert_array_equal(normalize_maps(MAPS, "none"), MAPS)
    assert_allclose(normalize_maps(MAPS, "trajectory"), MAPS / 2)
    assert_allclose(normalize_maps(MAPS, "frame"), [[[0.5, -1]], [[1, 0]], [[0, 0]]])
    with pytest.raises(OptionError, match="best"):
        normalize_maps(MAPS, "best")


def test_stretching():
    assert_allclose(stretch_map(MAPS), [[[1, 0]], [[1, 0]], [[0, 0]]])
