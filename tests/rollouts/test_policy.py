"""The agent at play."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.errors import NetworkError
from rlvis.networks import build
from rlvis.networks.stack import Convolution, Dense, Recurrence, StackDescription
from rlvis.rollouts.action_noise import policy_keys
from rlvis.rollouts.policy import CACHED, Policy, cached_observations


def test_observations_of_another_environment():
    network = build(StackDescription((10, 10, 4), 3, (Dense("dense", 5),)))
    policy = Policy(network, network.initialize(jax.random.key(0)), policy_keys(1, 2))
    assert policy.act(np.zeros((2, 10, 10, 4), np.uint8), np.ones(2, bool), 0).actions.shape == (2,)
    with pytest.raises(NetworkError, match="shows observations of 84×84×4, the network takes 10×10×4; name the environment"):
        policy.act(np.zeros((2, 84, 84, 4), np.uint8), np.ones(2, bool), 0)


def test_actions_are_jax_samples_of_the_policy():
    network = build(StackDescription((4, 4, 1), 5, (Dense("dense", 5),)))
    parameters = network.initialize(jax.random.key(0))
    parameters["policy"]["bias"] = np.array([0, 1, 0, 1, 0], np.float32)
    policy, keys = Policy(network, parameters, policy_keys(7, 3)), jax.random.wrap_key_data(policy_keys(7, 3))
    for step in (0, 1, 63, 64, 200, 3):
        decision = policy.act(np.full((3, 4, 4, 1), step, np.uint8), np.ones(3, bool), step)
        expected = jax.vmap(lambda key, logits: jax.random.categorical(jax.random.fold_in(key, step), logits))(keys, decision.logits)
        assert_array_equal(decision.actions, expected)


def test_a_share_of_actions_is_any_action():
    network = build(StackDescription((4, 4, 1), 3, (Dense("dense", 5),), kind="q"))
    parameters = network.initialize(jax.random.key(0))
    policy = Policy(network, parameters, policy_keys(2, 400), epsilon=0.3)
    decision = policy.act(np.zeros((400, 4, 4, 1), np.uint8), np.ones(400, bool), 9)
    share = (decision.actions != decision.logits.argmax(axis=1)).mean()
    assert 0.12 < share < 0.28  # two thirds of 0.3


def test_what_does_not_change_is_not_sent_with_every_step(monkeypatch):
    network = build(StackDescription((4, 4, 1), 3, (Dense("dense", 5),)))
    policy = Policy(network, jax.tree.map(np.asarray, network.initialize(jax.random.key(0))), policy_keys(2, 4))
    sent, decide = [], policy._decide.jitted
    monkeypatch.setattr(policy._decide, "jitted", lambda *arguments: sent.append(arguments) or decide(*arguments))
    policy._compiled = True
    policy.act(np.zeros((4, 4, 4, 1), np.uint8), np.ones(4, bool), 0)
    (arguments,) = sent
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(arguments[0]))
    assert sum(leaf.nbytes for leaf in jax.tree.leaves(arguments[1:]) if isinstance(leaf, np.ndarray)) < 4 * (4 * 4 + 4 * 3 + 8 + 4 + 1)


@pytest.mark.parametrize("recurrent", [False, True])
def test_observations_that_stay_in_cache_are_treated_like_all_at_once(recurrent, monkeypatch):
    layers = (Convolution("conv", 4, (3, 3), (1, 1), "SAME", "relu"), *([Recurrence("gru", 6, "gru")] if recurrent else [Dense("dense", 6)]))
    network = build(StackDescription((8, 8, 3), 5, layers))
    parameters, generator = network.initialize(jax.random.key(0)), np.random.default_rng(1)
    pictures = generator.integers(0, 256, (3, 6, 8, 8, 3), np.uint8)
    # Two of the six at a time.
    monkeypatch.setattr("rlvis.rollouts.policy.CACHED", 2 * 4 * 8 * 8 * 4)
    few, all_at_once = (Policy(network, parameters, policy_keys(7, 6), one_core=one_core) for one_core in (True, False))
    for step, observations in enumerate(pictures):
        decision, expected = (policy.act(observations, generator.random(6) < 0.0, step) for policy in (few, all_at_once))
        assert_allclose(decision.logits, expected.logits, atol=1e-6)
        assert_allclose(decision.values, expected.values, atol=1e-6)
        assert_array_equal(decision.actions, expected.actions)


def test_how_many_stay_in_cache():
    assert [cached_observations(each) for each in (CACHED // 8, CACHED // 3, CACHED, 10 * CACHED)] == [8, 2, 1, 1]
