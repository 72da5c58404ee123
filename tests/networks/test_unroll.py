"""Whole sequences at once against step by step."""

import jax
import numpy as np
import pytest

from rlvis.errors import NetworkError
from rlvis.networks import Network, build, describe
from rlvis.networks.unroll import unroll


def test_is_what_the_network_says_step_by_step():
    network = build(describe("clear", (8, 8, 1), 3, channels=2, lstm=4))
    parameters = network.initialize(jax.random.key(0))
    generator = np.random.default_rng(0)
    observations = generator.random((2, 5, 8, 8, 1), np.float32)
    firsts = np.array([[False, False, True, False, False], [True, False, False, False, True]])
    start = jax.tree.map(lambda x: generator.normal(size=x.shape).astype(np.float32), network.initial_state(2))

    outputs = jax.jit(lambda *arguments: unroll(network, *arguments))(parameters, observations.reshape(10, 8, 8, 1), firsts, start)

    state, logits, values = start, [], []
    step = jax.jit(network)
    for t in range(5):
        state = jax.tree.map(lambda x, t=t: np.where(firsts[:, t, None], 0, x), state)
        stepped = step(parameters, observations[:, t], state)
        state = stepped.state
        logits.append(stepped.logits)
        values.append(stepped.value)
    np.testing.assert_allclose(outputs.logits, np.stack(logits, 1).reshape(10, 3), atol=1e-6)
    np.testing.assert_allclose(outputs.value, np.stack(values, 1).ravel(), atol=1e-6)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), outputs.state, state)


def test_a_network_without_description_is_refused():
    network = Network(lambda *arguments: None, (8, 8, 1), 3)
    with pytest.raises(NetworkError, match="description"):
        unroll(network, {}, np.zeros((1, 8, 8, 1)), np.zeros((1, 1), bool), {})
