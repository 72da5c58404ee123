import jax
import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.targets import VALUE, policy_targets
from rlvis.attribution.through_time import frame_window, integrated_gradients_through_time
from tests.conftest import record_at_once
from tests.attribution.recurrent_networks import DECAY, linear_network, smooth_network

TARGETS = [VALUE, *policy_targets("ab")]


def play(network, parameters, observations, firsts):
    """The memory fed with each frame, and the value there, step by step."""
    state, fed, values = network.initial_state(1), [], []
    for observation, first in zip(observations, firsts, strict=True):
        state = network.initial_state(1) if first else state
        fed.append(jax.tree.map(lambda part: np.asarray(part[0]), state))
        outputs = jax.jit(network)(parameters, observation[None], state)
        state = outputs.state
        values.append(float(outputs.value[0]))
    return jax.tree.map(lambda *parts: np.stack(parts), *fed), np.array(values)


def test_windows_end_with_their_frames_and_start_at_the_trajectory():
    window = frame_window(np.array([0, 2, 5]), 3, np.array([0, 0, 0, 0, 1, 0]))
    assert_array_equal(window.frames, [[0, 0, 0], [0, 1, 2], [3, 4, 5]])
    assert_array_equal(window.fed, [[True, True, True], [True, False, False], [True, True, False]])


def test_a_linear_network_in_closed_form():
    network, parameters = linear_network()
    observations = np.random.default_rng(0).random((7, 2, 2, 3), np.float32)
    firsts = np.array([0, 0, 0, 0, 1, 0, 0], bool)
    state, values = play(network, parameters, observations, firsts)
    window = frame_window(np.arange(7), 3, firsts)
    found = integrated_gradients_through_time(
        network, parameters, observations[window.frames], "a", TARGETS, observations[window.frames], jax.tree.map(lambda part: part[window.frames], state), window.fed, quadrature_rule("gauss", 1)
    )
    for target in range(3):
        each = observations * (parameters["w"] @ parameters["u"][:, target]).reshape(2, 2, 3)
        for frame in range(7):
            start = 4 if frame >= 4 else 0
            lags = [DECAY**lag * each[frame - lag] if frame - lag >= start else 0 * each[0] for lag in range(3)]
            assert_allclose(found.lags[target, frame], [part.sum() for part in lags], rtol=1e-4, atol=1e-5)
            assert_allclose(found.maps[target, frame], sum(lags), rtol=1e-4, atol=1e-5)
    assert_allclose(found.scores[0], values, rtol=1e-4)
    assert_allclose(found.lags.sum(axis=2), found.scores - found.baselines, rtol=1e-4, atol=1e-5)


def recurrent_agent():
    network, parameters = smooth_network("lstm")
    observations = np.random.default_rng(2).random((5, 8, 8, 2), np.float32)
    firsts = np.array([1, 0, 0, 1, 0], bool)
    state, values = play(network, parameters, observations, firsts)
    activations = np.asarray(record_at_once(network, parameters, observations, state, names=("conv",))[1]["conv"])
    return network, parameters, observations, firsts, state, values, activations


def test_one_frame_is_the_ordinary_attribution_and_more_are_complete():
    network, parameters, observations, firsts, state, values, activations = recurrent_agent()
    rule = quadrature_rule("gauss", 8)
    ordinary = integrated_gradients(network, parameters, activations, "conv", TARGETS, observations, state, rule)
    found = {}
    for length in (1, 3):
        window = frame_window(np.arange(5), length, firsts)
        found[length] = integrated_gradients_through_time(
            network, parameters, activations[window.frames], "conv", TARGETS, observations[window.frames], jax.tree.map(lambda part: part[window.frames], state), window.fed, rule  # noqa: B023
        )
    assert_allclose(found[1].maps, ordinary.maps, rtol=1e-4, atol=1e-6)
    assert_allclose(found[1].lags[..., 0], ordinary.maps.sum(axis=(2, 3, 4)), rtol=1e-4, atol=1e-6)
    assert_allclose(found[1].baselines, ordinary.baselines, rtol=1e-5)
    assert_allclose(found[3].scores[0], values, rtol=1e-4, atol=1e-5)
    assert_allclose(found[3].lags.sum(axis=2), found[3].maps.sum(axis=(2, 3, 4)), rtol=1e-4, atol=1e-6)
    assert (found[3].completeness_error < 1e-3).all()
    # Before an episode's start (frames 0 and 3) nothing counts; after it, the frame before does.
    assert_allclose(found[3].lags[:, [0, 3], 1:], 0)
    assert_allclose(found[3].lags[:, [1, 4], 2], 0)
    assert (np.abs(found[3].lags[0, [1, 2, 4], 1]) > 1e-5).all()


def test_memory_before_the_window_is_held_fixed():
    network, parameters, observations, _, state, _, activations = recurrent_agent()
    window = frame_window(np.array([2]), 2, np.zeros(5, bool))
    found = integrated_gradients_through_time(
        network, parameters, activations[window.frames], "conv", TARGETS, observations[window.frames], jax.tree.map(lambda part: part[window.frames], state), window.fed
    )
    silent = {"conv": np.zeros_like(activations[1:2])}
    after = jax.jit(network)(parameters, observations[1:2], jax.tree.map(lambda part: part[1:2], state), silent).state
    assert_allclose(found.baselines[0], jax.jit(network)(parameters, observations[2:3], after, silent).value, rtol=1e-4)
