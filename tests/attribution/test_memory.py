import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.memory import integrated_gradients_with_memory
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.targets import VALUE, policy_targets
from tests.conftest import record_at_once
from tests.attribution.recurrent_networks import DECAY, linear_network, smooth_network

TARGETS = [VALUE, *policy_targets("ab", {"both": [0, 1]})]


def test_a_linear_network_in_closed_form():
    network, parameters = linear_network()
    generator = np.random.default_rng(0)
    observations = generator.random((5, 2, 2, 3), np.float32)
    core = generator.normal(size=(5, 4)).astype(np.float32)
    state = {"core": core, "steps": np.arange(5, dtype=np.int32)}
    found = integrated_gradients_with_memory(network, parameters, observations, "a", TARGETS, observations, state, quadrature_rule("gauss", 1))
    columns = [parameters["u"][:, 0], parameters["u"][:, 1], parameters["u"][:, 2], parameters["u"][:, 1] + parameters["u"][:, 2]]
    for target, column in enumerate(columns):
        assert_allclose(found.memory[target], DECAY * core @ column, rtol=1e-4, atol=1e-6)
        assert_allclose(found.maps[target], observations * (parameters["w"] @ column).reshape(2, 2, 3), rtol=1e-4, atol=1e-6)
    assert_allclose(found.maps.sum(axis=(2, 3, 4)) + found.memory, found.scores, rtol=1e-4, atol=1e-5)
    assert_allclose(found.baselines, 0)


@pytest.fixture(scope="module", params=["lstm", "gru"])
def agent(request):
    """A small network with a cell of each kind, observations, and a memory fed with them."""
    network, parameters = smooth_network(request.param)
    generator = np.random.default_rng(1)
    state = jax.tree.map(lambda part: generator.normal(size=part.shape).astype(np.float32), network.initial_state(4))
    return network, parameters, generator.random((4, 8, 8, 2), np.float32), state


def test_complete_with_memory(agent):
    network, parameters, observations, state = agent
    activations = record_at_once(network, parameters, observations, state)[1]["conv"]
    found = integrated_gradients_with_memory(network, parameters, activations, "conv", TARGETS[:1], observations, state, quadrature_rule("gauss", 12))
    assert (found.completeness_error < 1e-3).all()
    nothing = jax.tree.map(np.zeros_like, state)
    assert_allclose(found.scores[0], jax.jit(network)(parameters, observations, state).value, rtol=1e-5)
    assert_allclose(found.baselines[0], jax.jit(network)(parameters, observations, nothing, {"conv": np.zeros_like(activations)}).value, rtol=1e-5)
    # Memory matters here, so the joint path differs from the one with memory held fixed.
    fixed = integrated_gradients(network, parameters, activations, "conv", TARGETS[:1], observations, state, quadrature_rule("gauss", 12))
    assert (fixed.completeness_error < 1e-3).all() and fixed.memory is None
    assert np.abs(fixed.maps - found.maps).max() > 1e-3
    assert np.abs(found.memory).min() > 1e-3


def test_an_empty_memory_contributes_nothing(agent):
    network, parameters, observations, _ = agent
    nothing = network.initial_state(4)
    activations = record_at_once(network, parameters, observations, nothing)[1]["conv"]
    rule = quadrature_rule("right", 3)
    found = integrated_gradients_with_memory(network, parameters, activations, "conv", TARGETS[:2], observations, nothing, rule)
    fixed = integrated_gradients(network, parameters, activations, "conv", TARGETS[:2], observations, nothing, rule)
    assert_allclose(found.memory, 0)
    assert_allclose(found.maps, fixed.maps, rtol=1e-5, atol=1e-7)
