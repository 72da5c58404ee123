"""Gradients, Jacobians, Grad-CAM and attention, against formulas and jax.grad."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.attribution.targets import VALUE, Target
from rlvis.errors import NetworkError, OptionError
from rlvis.networks import Network, Outputs
from rlvis.saliency import POLICY, find_method
from rlvis.saliency.channels import reduce_channels
from rlvis.saliency.gradient import InputIntegrationOptions, SmoothGradientOptions, baseline_pictures, completeness_error, integrate_from_baseline
from tests.conftest import random_network, record_at_once

SECOND = Target("logit:1", "second", (1,))
WEIGHTS = np.random.default_rng(0).standard_normal((4, 6, 5, 2)).astype(np.float32)
PICTURES = np.random.default_rng(1).random((2, 6, 5, 2), np.float32)


@pytest.fixture(scope="module")
def linear(linear_network):
    return linear_network(WEIGHTS)


def test_gradient_of_a_linear_network_is_its_weights(linear):
    maps = find_method("gradient").maps(*linear, PICTURES, [VALUE, SECOND])
    assert_allclose(maps[0], [np.abs(WEIGHTS[3]).max(axis=-1)] * 2, rtol=1e-5)
    assert_allclose(maps[1], [np.abs(WEIGHTS[1]).max(axis=-1)] * 2, rtol=1e-5)


def test_gradient_times_input(linear):
    maps = find_method("gradient_times_input").maps(*linear, PICTURES, [SECOND])
    assert_allclose(maps[0], (PICTURES * WEIGHTS[1]).sum(axis=-1), rtol=1e-4, atol=1e-6)


def test_smoothing_averages_over_noise(pixel_sum_network):
    network, parameters = pixel_sum_network((6, 5, 2), lambda x: x**2)
    method = find_method("smooth_gradient")
    without = method.maps(network, parameters, PICTURES, [VALUE], options=SmoothGradientOptions("sum", 2, 0.0))
    assert_allclose(without[0], 2 * PICTURES.sum(axis=-1), rtol=1e-5)
    options = SmoothGradientOptions("sum", 3, 0.2, seed=5)
    noise = np.mean([np.random.default_rng(5).standard_normal((3, 6, 5, 2), np.float32)], axis=(0, 1))
    spread = np.ptp(PICTURES, axis=(1, 2, 3))[:, None, None, None]
    assert_allclose(method.maps(network, parameters, PICTURES, [VALUE], options=options)[0], 2 * (PICTURES + 0.2 * spread * noise).sum(axis=-1), rtol=1e-4)


@pytest.mark.parametrize("baseline", ["black", "white", "mean", "blur"])
def test_integrated_gradients_are_complete(baseline, bent, small_pictures):
    network, parameters = bent
    options = InputIntegrationOptions(baseline=baseline, steps=24)
    maps = integrate_from_baseline(network, parameters, small_pictures, None, [VALUE], options)[0]
    value = jax.jit(lambda x: network(parameters, x).value)
    expected = value(small_pictures) - value(np.asarray(baseline_pictures(small_pictures, options), np.float32))
    assert_allclose(maps.sum(axis=(1, 2, 3)), expected, rtol=0.03, atol=0.01)
    error = completeness_error(network, parameters, small_pictures, None, [VALUE], options)
    assert_allclose(error[0], np.abs(maps.sum(axis=(1, 2, 3)) - expected) / np.abs(expected), atol=1e-3)


def test_integrated_gradients_of_a_square_are_exact(pixel_sum_network):
    network, parameters = pixel_sum_network((6, 5, 2), lambda x: x**2)
    maps = find_method("input_integrated_gradients").maps(network, parameters, PICTURES, [VALUE], options=InputIntegrationOptions(baseline="white"))
    assert_allclose(maps[0], (PICTURES**2 - 1).sum(axis=-1), rtol=1e-4, atol=1e-5)


def test_jacobian_is_the_squared_gradient_of_half_the_squared_logits(bent, small_pictures):
    network, parameters = bent
    maps = find_method("jacobian").maps(network, parameters, small_pictures, [VALUE, POLICY, SECOND])
    def slope(function):
        return np.square(jax.jit(jax.grad(lambda x: function(network(parameters, x)).sum()))(small_pictures)).max(axis=-1)
    for index, function in enumerate((lambda o: o.value, lambda o: 0.5 * o.logits**2, lambda o: o.logits[:, 1])):
        expected = slope(function)
        assert_allclose(maps[index], expected, atol=1e-5 * expected.max())


def test_grad_cam_equals_its_formula(bent, small_pictures):
    network, parameters = bent
    method = find_method("grad_cam")
    maps = method.maps(network, parameters, small_pictures, [VALUE, SECOND], options=method.make_options({"tap": "conv", "signed": True}))
    activations = record_at_once(network, parameters, small_pictures, names=("conv",))[1]["conv"]
    gradients = jax.jit(jax.grad(lambda a: network(parameters, small_pictures, replace={"conv": a}).logits[:, 1].sum()))(activations)
    expected = np.einsum("nc,nhwc->nhw", np.asarray(gradients).mean(axis=(1, 2)), np.asarray(activations))
    assert_allclose(maps[1], expected, atol=1e-5 * np.abs(expected).max())
    unsigned = method.maps(network, parameters, small_pictures, [SECOND], options=method.make_options({"tap": "conv"}))
    assert_allclose(unsigned[0], np.maximum(expected, 0), atol=1e-5 * np.abs(expected).max())
    assert not method.is_signed(method.options())


def test_grad_cam_takes_the_last_layer_with_positions_and_no_other(bent, small_pictures):
    network, parameters = bent
    method = find_method("grad_cam")
    height = method.maps(network, parameters, small_pictures, [VALUE]).shape[-1]
    assert height == 4
    with pytest.raises(OptionError, match="there are"):
        method.maps(network, parameters, small_pictures, [VALUE], options=method.make_options({"tap": "nowhere"}))


def test_attention_is_shown_where_there_is_some(linear):
    def forward(parameters, observations, state, tap):
        return Outputs(jnp.zeros((len(observations), 2)), jnp.zeros(len(observations)), attention=observations[..., 0])

    network = Network(forward, (6, 5, 2), 2)
    maps = find_method("attention").maps(network, {}, PICTURES, [VALUE, POLICY])
    assert_array_equal(maps, np.stack([PICTURES[..., 0]] * 2))
    with pytest.raises(NetworkError, match="no attention"):
        find_method("attention").maps(*linear, PICTURES, [VALUE])


def test_attention_is_spread_over_the_pixels_its_positions_see():
    network, parameters = random_network("cnn_sparse_fls_h1", (44, 44, 1), 2, features=4, channels=(3, 4, 5), attention_features=4)
    pictures = np.random.default_rng(2).random((2, 44, 44, 1), np.float32)
    attention = np.asarray(jax.jit(network)(parameters, pictures).attention)
    expected = np.zeros((2, 44, 44))
    for row, column in np.ndindex(10, 10):
        expected[:, 4 * row : 4 * row + 8, 4 * column : 4 * column + 8] += attention[:, row, column, None, None]
    assert_allclose(find_method("attention").maps(network, parameters, pictures, [VALUE])[0], expected, rtol=1e-5)


def test_channels_are_put_together():
    maps = np.array([[3.0, -4.0]])
    results = {how: reduce_channels(maps, how)[0] for how in ("sum", "mean", "max", "absolute_max", "norm")}
    assert results == {"sum": -1, "mean": -0.5, "max": 3, "absolute_max": 4, "norm": 5}
    with pytest.raises(OptionError, match="median"):
        reduce_channels(maps, "median")


def test_scalar_methods_refuse_the_whole_policy(linear):
    with pytest.raises(OptionError, match="gradient cannot explain policy"):
        find_method("gradient").maps(*linear, PICTURES, [POLICY])


def test_memory_is_taken_along(remembering, small_pictures):
    network, parameters = remembering
    state = jax.tree.map(lambda part: part + 0.5, network.initial_state(3))
    for name in ("gradient", "jacobian", "grad_cam"):
        target = POLICY if name == "jacobian" else VALUE
        fresh = find_method(name).maps(network, parameters, small_pictures, [target])
        later = find_method(name).maps(network, parameters, small_pictures, [target], state)
        assert np.abs(fresh - later).max() > 1e-6
