"""Evaluation: which episodes count."""

from types import SimpleNamespace

import numpy as np
import pytest

from rlvis.environments import EnvironmentSpecification, Moment, Transition, VectorEnvironment, register_environment
from rlvis.training.evaluation import Evaluation, evaluate


class UnevenEnvironment(VectorEnvironment):
    """Environment 0 has episodes of 2 steps that pay 2, environment 1 of 10 steps that pay 10."""

    observation_shape, num_actions, action_names = (8, 8, 1), 2, ("A", "B")

    def __init__(self, specification, num_envs, seed, human_frames=False, num_threads=None):
        self.num_envs, self.clocks, self.lengths = num_envs, np.zeros(num_envs, int), np.array([2, 10])

    def observe(self):
        return Moment(np.zeros((self.num_envs, 8, 8, 1), np.uint8), self.clocks % self.lengths == 0)

    def step(self, actions):
        self.clocks = self.clocks + 1
        dones = self.clocks % self.lengths == 0
        return Transition(np.ones(self.num_envs, np.float32), dones, np.zeros_like(dones), self.observe())

    def close(self):
        pass


register_environment("uneven", UnevenEnvironment)
NOBODY = SimpleNamespace(num_actions=2, recurrent=False)


def test_short_episodes_are_not_preferred():
    result = evaluate(NOBODY, None, EnvironmentSpecification("uneven", "uneven"), 6, 0, num_envs=2, random=True)
    np.testing.assert_array_equal(np.sort(result.returns), [2, 2, 2, 10, 10, 10])
    np.testing.assert_array_equal(result.returns, result.lengths)


def test_a_life_is_no_episode():
    result = evaluate(SimpleNamespace(num_actions=3, recurrent=False), None, EnvironmentSpecification("signal", "sides", {"lives": 3}), 4, 0, num_envs=2, random=True)
    np.testing.assert_array_equal(result.lengths, [9, 9, 9, 9])


def test_endless_episodes_are_cut():
    result = evaluate(NOBODY, None, EnvironmentSpecification("uneven", "uneven"), 2, 0, num_envs=2, random=True, max_steps=5)
    np.testing.assert_array_equal(result.returns, [2, 5])


def test_standard_error():
    result = Evaluation(np.array([0.0, 10.0, 10.0, 0.0]), np.ones(4))
    assert result.mean == 5
    assert result.standard_error == pytest.approx(np.std([0, 10, 10, 0], ddof=1) / 2)
