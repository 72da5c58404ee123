import math

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.networks import layers


def windows(x, window, stride, pads, fill):
    x = np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=fill)
    rows = (x.shape[1] - window[0]) // stride[0] + 1
    columns = (x.shape[2] - window[1]) // stride[1] + 1
    return np.stack([np.stack([x[:, i * stride[0] : i * stride[0] + window[0], j * stride[1] : j * stride[1] + window[1]] for j in range(columns)], 1) for i in range(rows)], 1)


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((2, 7, 6, 3)).astype(np.float32)


def test_convolution_adds_the_bias_where_there_is_one(x):
    kernel, bias = np.ones((1, 1, 3, 2), np.float32), np.array([1, 2], np.float32)
    assert_allclose(layers.convolution({"kernel": kernel, "bias": bias}, x), x.sum(-1, keepdims=True) + bias, atol=1e-5)
    assert_allclose(layers.convolution({"kernel": kernel}, x), np.repeat(x.sum(-1, keepdims=True), 2, -1), atol=1e-5)


def test_average_pool_leaves_padding_out_of_the_mean():
    y = layers.average_pool(np.ones((1, 3, 3, 1), np.float32), (2, 2), (2, 2), "SAME")
    assert_allclose(y, np.ones((1, 2, 2, 1)))


@pytest.mark.parametrize("window, padding", [((7, 2), "SAME"), ((1, 3), "VALID"), ((7, 6), ((0, 0), (0, 0)))])
def test_windows_that_tile_the_picture_are_averaged_alike(x, window, padding):
    y, slopes = jax.value_and_grad(lambda x: (layers.average_pool(x, window, window, padding) ** 2).sum())(x)
    means = windows(x, window, window, ((0, 0), (0, 0)), 0).mean(axis=(3, 4))
    assert_allclose(y, (means**2).sum(), rtol=1e-5)
    spread = np.kron(means, np.ones((1, *window, 1))) * 2 / np.prod(window)
    assert_allclose(slopes, spread, atol=1e-5)


def test_l2_pool_is_the_root_of_the_mean_square(x):
    y = layers.l2_pool(x, (2, 2), (2, 2), "VALID")
    assert_allclose(y, np.sqrt((windows(x, (2, 2), (2, 2), ((0, 0), (0, 0)), 0) ** 2).mean(axis=(3, 4)) + 1e-8), rtol=1e-5)


def test_batch_normalization_with_recorded_statistics(x):
    p = {"mean": x.mean((0, 1, 2)), "variance": x.var((0, 1, 2)), "scale": np.full(3, 2.0, np.float32), "offset": np.ones(3, np.float32)}
    y = np.asarray(layers.batch_normalization(p, x))
    assert_allclose(y.mean((0, 1, 2)), 1, atol=1e-5)
    assert_allclose(y.std((0, 1, 2)), 2, rtol=2e-3)


def test_elu_and_its_slope():
    values = np.array([-80, -2, -1e-4, 0, 1e-4, 3], np.float32)
    assert_allclose(layers.elu(values), np.where(values > 0, values, np.expm1(values.astype(float))), atol=7e-8)
    slopes = jax.vmap(jax.grad(layers.elu))(values)
    assert_allclose(slopes, np.where(values > 0, 1, np.exp(values)), rtol=1e-6)


@pytest.mark.parametrize("axes", [-1, (1, 2, 3)])
def test_layer_normalization_of_each_example(x, axes):
    shape = x.shape[-1:] if axes == -1 else x.shape[1:]
    p = {"scale": np.linspace(0.5, 2, int(np.prod(shape))).reshape(shape), "offset": np.ones(shape)}
    expected = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-3) * p["scale"] + 1
    assert_allclose(layers.layer_normalization(p, x, axes, 1e-3), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "name, formula",
    [
        ("gelu", lambda x: 0.5 * x * (1 + np.vectorize(math.erf)(x / 2**0.5))),
        ("gelu_tanh", lambda x: 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))),
        ("mish", lambda x: x * np.tanh(np.log1p(np.exp(x)))),
        ("selu", lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))),
    ],
)
def test_less_common_activations(name, formula):
    x = np.linspace(-4, 4, 33)
    assert_allclose(layers.ACTIVATIONS[name](x.astype(np.float32)), formula(x), rtol=1e-5, atol=1e-6)
