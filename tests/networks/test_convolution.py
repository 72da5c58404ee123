import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.networks.convolution import convolve


def direct_convolution(x, kernel, stride, pads):
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    kh, kw = kernel.shape[:2]
    rows = (x.shape[1] - kh) // stride[0] + 1
    columns = (x.shape[2] - kw) // stride[1] + 1
    y = np.zeros((x.shape[0], rows, columns, kernel.shape[-1]))
    for i in range(rows):
        for j in range(columns):
            patch = x[:, i * stride[0] : i * stride[0] + kh, j * stride[1] : j * stride[1] + kw]
            y[:, i, j] = np.tensordot(patch, kernel, axes=3)
    return y


def random(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


CASES = [
    # size, channels, kernel, features, stride, padding, pads: what is grouped, and what cannot be.
    ((7, 6), 3, (3, 3), 4, (1, 1), "SAME", ((1, 1), (1, 1))),
    ((6, 8), 3, (7, 7), 8, (1, 1), "SAME", ((3, 3), (3, 3))),
    ((5, 7), 3, (3, 3), 4, (1, 1), "SAME", ((1, 1), (1, 1))),
    ((5, 12), 16, (3, 5), 16, (1, 1), "SAME", ((1, 1), (2, 2))),
    ((5, 9), 4, (2, 2), 8, (1, 1), "VALID", ((0, 0), (0, 0))),
    ((7, 6), 3, (3, 3), 2, (2, 2), "SAME", ((1, 1), (0, 1))),
    ((8, 12), 1, (3, 3), 32, (2, 2), ((1, 1), (1, 1)), ((1, 1), (1, 1))),
    ((7, 6), 3, (3, 3), 4, (2, 1), ((1, 0), (2, 1)), ((1, 0), (2, 1))),
    ((6, 4), 32, (3, 3), 16, (1, 1), "SAME", ((1, 1), (1, 1))),
    ((6, 4), 32, (3, 3), 32, (1, 1), "SAME", ((1, 1), (1, 1))),
    ((6, 4), 5, (1, 1), 3, (1, 1), "SAME", ((0, 0), (0, 0))),
    ((20, 16), 3, (8, 8), 5, (4, 4), "VALID", ((0, 0), (0, 0))),
    ((15, 14), 3, (4, 4), 5, (2, 2), "VALID", ((0, 0), (0, 0))),
    ((9, 11), 3, (4, 3), 5, (2, 3), "VALID", ((0, 0), (0, 0))),
    ((9, 9), 3, (3, 3), 5, (2, 2), "VALID", ((0, 0), (0, 0))),
]


@pytest.mark.parametrize("size, channels, kernel, features, stride, padding, pads", CASES)
def test_convolution_equals_the_sum_over_windows(size, channels, kernel, features, stride, padding, pads):
    x, weights = random(2, *size, channels), random(*kernel, channels, features, seed=1)
    expected = direct_convolution(x.astype(float), weights.astype(float), stride, pads)
    found = jax.jit(convolve, static_argnums=(2, 3))(x, weights, stride, padding)
    assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("size, channels, kernel, features, stride, padding, pads", CASES)
def test_gradients_are_those_of_the_sum_over_windows(size, channels, kernel, features, stride, padding, pads):
    x, weights = random(2, *size, channels), random(*kernel, channels, features, seed=1)
    shape = jax.eval_shape(lambda x, weights: convolve(x, weights, stride, padding), x, weights).shape
    change = random(*shape, seed=2)
    of_input, of_kernel = jax.jit(jax.grad(lambda x, weights: (change * convolve(x, weights, stride, padding)).sum(), argnums=(0, 1)))(x, weights)

    # Bilinear: the inner product with the output's change is that of each argument with its gradient, whatever the argument.
    for seed in (3, 4, 5):
        other_x, other_weights = random(*x.shape, seed=seed).astype(float), random(*weights.shape, seed=seed).astype(float)
        from_input = (direct_convolution(other_x, weights.astype(float), stride, pads) * change).sum()
        from_kernel = (direct_convolution(x.astype(float), other_weights, stride, pads) * change).sum()
        assert_allclose((other_x * of_input).sum(), from_input, rtol=1e-4, atol=1e-4 * np.abs(other_x * of_input).sum() ** 0.5)
        assert_allclose((other_weights * of_kernel).sum(), from_kernel, rtol=1e-4, atol=1e-4 * np.abs(other_weights * of_kernel).sum() ** 0.5)


def test_same_padding_of_even_sizes_pads_after_the_image():
    x = random(2, 7, 6, 3)
    kernel = random(3, 3, 3, 2, seed=1)
    y = convolve(x[:, :6], kernel, (2, 2), "SAME")
    assert_allclose(y, direct_convolution(x[:, :6], kernel, (2, 2), ((0, 1), (0, 1))), atol=2e-5)


def test_every_example_alone_is_the_batch_bit_for_bit():
    x, weights = random(5, 8, 8, 3), random(3, 3, 3, 8, seed=1)
    run = jax.jit(convolve)
    np.testing.assert_array_equal(np.concatenate([run(each[None], weights) for each in x]), run(x, weights))


def test_mapped_over_pictures_and_over_kernels():
    x, weights = random(3, 1, 6, 6, 3), random(2, 3, 3, 3, 8, seed=1)
    found = jax.vmap(lambda kernel: jax.vmap(lambda picture: convolve(picture, kernel))(x))(weights)
    assert_allclose(found, np.stack([np.stack([convolve(picture, kernel) for picture in x]) for kernel in weights]), atol=1e-5)


def test_an_empty_batch_stays_empty():
    assert convolve(jnp.zeros((0, 6, 6, 3)), random(3, 3, 3, 8)).shape == (0, 6, 6, 8)
