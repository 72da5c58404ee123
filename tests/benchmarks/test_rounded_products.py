"""Products of rounded factors, against NumPy's of factors rounded by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.precision import missed
from benchmarks.rounded_products import FRACTION_BITS, rounded_products
from rlvis.attribution.integrated_gradients import Attribution
from rlvis.networks.convolution import convolve


def _rounded(numbers, bits):
    """To nearest, ties to even, as integers of that many bits."""
    fraction, exponent = np.frexp(np.asarray(numbers, np.float64))
    return np.ldexp(np.round(np.ldexp(fraction, bits + 1)), exponent - bits - 1)


@pytest.fixture
def factors():
    generator = np.random.default_rng(0)
    return generator.standard_normal((5, 7)).astype(np.float32), generator.standard_normal((7, 4)).astype(np.float32)


@pytest.mark.parametrize("bits", FRACTION_BITS.values(), ids=FRACTION_BITS)
def test_a_product_and_its_derivative(factors, bits):
    left, right = factors
    with rounded_products(bits):
        product, pullback = jax.vjp(jax.jit(jnp.matmul), left, right)
        change = np.asarray(jnp.cos(product))
        of_left, of_right = pullback(change)
    a, b, c = (_rounded(each, bits) for each in (left, right, change))
    for found, expected in ((product, a @ b), (of_left, c @ b.T), (of_right, a.T @ c)):
        assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
        assert np.abs(found - _rounded(found, bits)).max() > 0  # only factors are rounded
    assert np.abs(product - left @ right).max() > 10 * np.abs(product - a @ b).max()


def test_a_convolution(factors):
    picture = np.random.default_rng(1).standard_normal((1, 3, 3, 2)).astype(np.float32)
    kernel = np.random.default_rng(2).standard_normal((3, 3, 2, 4)).astype(np.float32)
    with rounded_products(7):
        found = jax.jit(lambda picture, kernel: convolve(picture, kernel, padding="VALID"))(picture, kernel)
    assert_allclose(found.ravel(), np.tensordot(_rounded(picture[0], 7), _rounded(kernel, 7), 3), rtol=1e-5, atol=1e-6)


def test_afterwards_nothing_is_rounded(factors):
    product = jax.jit(jnp.matmul)
    exact = np.asarray(product(*factors))
    with rounded_products(7):
        assert np.abs(np.asarray(product(*factors)) - exact).max() > 1e-3
    assert_array_equal(product(*factors), exact)


def test_what_is_missed_of_all_frames_together():
    maps = np.zeros((1, 2, 1, 1, 1))
    maps[0, :, 0, 0, 0] = 9, 0.02
    found = Attribution(maps, np.array([[11, 1.01]]), np.array([[1, 1.0]]))
    assert missed(found) == pytest.approx((1 + 0.01) / (10 + 0.01), rel=1e-5)
