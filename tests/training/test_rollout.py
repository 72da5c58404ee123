"""What playing records, against playing by hand."""

import time

import jax
import numpy as np
import pytest
from signal_environment import SignalEnvironment

from rlvis.environments import EnvironmentSpecification
from rlvis.networks import build, describe
from rlvis.training.rewards import RewardProcessor
from rlvis.training.rollout import Collector, EpisodeCounter

SPECIFICATION = EnvironmentSpecification("signal", "sides")


def play(network, parameters, environments=4, steps=6, first_index=0, epsilon=0.0, rollouts=1, seed=3):
    collector = Collector(SignalEnvironment(SPECIFICATION, environments, 0), network, steps, RewardProcessor("none", environments, 0.9, scale=2.0),
                          seed=seed, first_index=first_index, epsilon=epsilon)
    for _ in range(rollouts):
        collector.begin(parameters)
        for _ in range(steps):
            collector.choose()
            collector.advance()
        rollout = collector.finish()
    return collector, rollout


@pytest.fixture(scope="module")
def agent():
    network = build(describe("tiny", (8, 8, 1), 3, lstm=4))
    return network, network.initialize(jax.random.key(0))


def test_records_what_happened(agent):
    network, parameters = agent
    collector, rollout = play(network, parameters, rollouts=2)
    environment = SignalEnvironment(SPECIFICATION, 4, 0)
    state, moment = network.initial_state(4), environment.observe()
    first, _ = play(network, parameters)
    for t in range(12):
        state = jax.tree.map(lambda x, first=moment.firsts: np.where(first[:, None], 0, x), state)
        if t == 6:
            jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), rollout.initial_state, state)
        outputs = jax.jit(network)(parameters, moment.observations.astype(np.float32) / 255, state)
        actions = (first.rollout if t < 6 else rollout).actions[t % 6]
        transition = environment.step(actions)
        if t >= 6:
            np.testing.assert_array_equal(rollout.observations[t - 6], moment.observations)
            np.testing.assert_array_equal(rollout.firsts[t - 6], moment.firsts)
            expected = np.take_along_axis(np.asarray(jax.nn.log_softmax(outputs.logits)), actions[:, None], 1)[:, 0]
            np.testing.assert_allclose(rollout.log_probabilities[t - 6], expected, atol=1e-5)
            np.testing.assert_allclose(rollout.values[t - 6], outputs.value, atol=1e-5)
            np.testing.assert_array_equal(rollout.rewards[t - 6], 2 * transition.rewards)
            np.testing.assert_array_equal(rollout.dones[t - 6], transition.dones)
        state, moment = outputs.state, transition.next
    state = jax.tree.map(lambda x: np.where(moment.firsts[:, None], 0, x), state)
    np.testing.assert_allclose(rollout.bootstrap_value, jax.jit(network)(parameters, moment.observations.astype(np.float32) / 255, state).value, atol=1e-5)
    assert collector.steps_taken == 12


def test_an_environments_actions_do_not_depend_on_how_many_there_are(agent):
    network, parameters = agent
    _, four = play(network, parameters, environments=4)
    _, two = play(network, parameters, environments=2)
    np.testing.assert_array_equal(four.actions[:, :2], two.actions)
    _, others = play(network, parameters, environments=2, first_index=2)
    assert (others.actions != two.actions).any()


def test_epsilon_explores(agent):
    network, parameters = agent
    certain = {**parameters, "policy": {"kernel": np.zeros((4, 3), np.float32), "bias": np.array([100.0, 0, 0], np.float32)}}
    assert (play(network, certain, steps=20)[1].actions == 0).all()
    explored = play(network, certain, steps=100, epsilon=0.5)[1].actions
    assert 0.2 < (explored != 0).mean() < 0.46, "a third of random actions are 0 as well"


def test_episodes_are_counted_on_unprocessed_rewards():
    counter, before = EpisodeCounter(2, first_index=6), time.time()
    counter.add(np.array([1.0, 2.0]), np.array([False, True]))
    counter.add(np.array([3.0, 4.0]), np.array([True, False]))
    first, second = counter.take()
    assert (first[:3], second[:3]) == ((7, 2.0, 1), (6, 4.0, 2))
    assert before <= first.time <= second.time <= time.time()
    assert counter.take() == []
    counter.add(np.array([0.0, 1.0]), np.array([False, True]))
    assert counter.take()[0][:3] == (7, 5.0, 2)


def test_lives_are_episodes_to_the_learner_and_games_to_the_reader():
    environment = SignalEnvironment(EnvironmentSpecification("signal", "sides", {"lives": 2}), 1, 0)
    network = build(describe("tiny", (8, 8, 1), 3))
    collector = Collector(environment, network, 12, RewardProcessor("none", 1, 0.9), seed=0, first_index=0)
    collector.begin(network.initialize(None))
    for _ in range(12):
        collector.choose()
        collector.advance()
    rollout = collector.finish()
    np.testing.assert_array_equal(np.flatnonzero(rollout.dones), [2, 5, 8, 11])
    games = collector.episodes.take()
    assert [game.length for game in games] == [6, 6]
    assert [game.reward for game in games] == [rollout.rewards[:6].sum(), rollout.rewards[6:].sum()]
