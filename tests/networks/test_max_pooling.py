from functools import partial

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.networks.max_pooling import max_pool


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((2, 7, 6, 3)).astype(np.float32)


def test_max_pool_gradient_goes_to_the_maximum(x):
    gradient = jax.jit(jax.grad(lambda z: max_pool(z, (2, 2), (2, 2), "VALID").sum()))(x)
    expected = np.zeros_like(x)
    for n, i, j, c in np.ndindex(2, 3, 3, 3):
        patch = x[n, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        a, b = np.unravel_index(patch.argmax(), patch.shape)
        expected[n, 2 * i + a, 2 * j + b, c] = 1
    assert_allclose(gradient, expected)


@pytest.mark.parametrize(
    ("window", "stride", "padding"),
    [((3, 3), (2, 2), "SAME"), ((2, 2), (2, 2), "VALID"), ((2, 3), (1, 2), "VALID"), ((3, 3), (2, 2), ((1, 1), (1, 1))), ((4, 5), (3, 2), "SAME"), ((1, 2), (2, 3), "VALID"), ((3, 1), (1, 1), ((2, 0), (0, 1)))],
)
def test_maximum_and_gradient_are_xlas_own(window, stride, padding):
    generator = np.random.default_rng(9)
    # All below zero: padding with zeros would win.
    z = (generator.normal(size=(2, 9, 12, 3)) - 10).astype(np.float32)
    pads = padding if isinstance(padding, str) else ((0, 0), *padding, (0, 0))
    change = generator.normal(size=jax.eval_shape(lambda z: max_pool(z, window, stride, padding), z).shape).astype(np.float32)

    @partial(jax.jit, static_argnums=0)
    def pooled(pool, z):
        found, pullback = jax.vjp(pool, z)
        return found, pullback(change)[0]

    found, own = pooled(lambda z: max_pool(z, window, stride, padding), z)
    expected, gradient = pooled(lambda z: jax.lax.reduce_window(z, -np.inf, jax.lax.max, (1, *window, 1), (1, *stride, 1), pads), z)
    np.testing.assert_array_equal(found, expected)
    assert_allclose(own, gradient, atol=1e-6)


def test_of_equals_the_first_gets_the_gradient():
    gradient = jax.jit(jax.grad(lambda z: max_pool(z, (2, 2), (2, 2), "VALID").sum()))(np.zeros((1, 4, 4, 1), np.float32))
    expected = np.zeros((4, 4))
    expected[::2, ::2] = 1
    assert_allclose(gradient[0, ..., 0], expected)
