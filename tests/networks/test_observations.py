import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.networks.observations import normalize_observations


def test_bytes_booleans_and_floats():
    assert_allclose(normalize_observations(np.array([0, 51, 255], np.uint8)), [0, 51 / 255, 1], rtol=1e-6)
    assert_array_equal(normalize_observations(np.array([True, False])), np.array([1, 0], np.float32))
    assert_array_equal(normalize_observations(np.array([0.25], np.float64)), np.array([0.25], np.float32))
