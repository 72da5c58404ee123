"""Generalized advantages against the definition as a sum."""

import numpy as np
import pytest

from rlvis.rollouts.advantages import generalized_advantages

GAMMA, LAMBDA = 0.9, 0.7


@pytest.fixture
def steps():
    generator = np.random.default_rng(3)
    return generator.normal(size=12), generator.normal(size=12), np.isin(np.arange(12), [3, 4, 11])


def by_definition(rewards, values, dones, following):
    """`A_t = Σ_k (γλ)^k δ_{t+k}` up to the end of the episode."""
    after = np.append(values[1:], following)
    deltas = rewards + GAMMA * np.where(dones, 0, after) - values
    advantages = []
    for t in range(len(rewards)):
        ends = np.flatnonzero(dones[t:])
        last = t + ends[0] if len(ends) else len(rewards) - 1
        advantages.append(sum((GAMMA * LAMBDA) ** (k - t) * deltas[k] for k in range(t, last + 1)))
    return np.array(advantages)


@pytest.mark.parametrize("ends", [True, False])
def test_is_the_sum_over_the_episode(steps, ends):
    rewards, values, dones = steps
    dones = dones & (ends | (np.arange(12) != 11))
    found = generalized_advantages(rewards, values, dones, 2.5, GAMMA, LAMBDA)
    np.testing.assert_allclose(found, by_definition(rewards, values, dones, 2.5), rtol=1e-5)
    assert found.dtype == np.float32


def test_nothing_of_the_next_episode_leaks_into_an_ending_one(steps):
    rewards, values, dones = steps
    first = generalized_advantages(rewards, values, dones, 0.0, GAMMA, LAMBDA)
    second = generalized_advantages(np.where(np.arange(12) > 4, 99, rewards), np.where(np.arange(12) > 4, -99, values), dones, 7.0, GAMMA, LAMBDA)
    np.testing.assert_array_equal(first[:5], second[:5])


def test_without_what_comes_next_the_last_step_has_none(steps):
    rewards, values, _ = steps
    never = np.zeros(12, bool)
    found = generalized_advantages(rewards, values, never, None, GAMMA, LAMBDA)
    assert found[-1] == 0
    expected = by_definition(rewards[:-1], values[:-1], never[:-1], values[-1])
    np.testing.assert_allclose(found[:-1], expected, rtol=1e-5)


def test_environments_side_by_side_do_not_mix(steps):
    rewards, values, dones = steps
    both = generalized_advantages(np.stack([rewards, -rewards], 1), np.stack([values, values], 1), np.stack([dones, ~dones], 1), np.array([1.0, 2.0]), GAMMA, LAMBDA)
    np.testing.assert_array_equal(both[:, 1], generalized_advantages(-rewards, values, ~dones, 2.0, GAMMA, LAMBDA))


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="same shape"):
        generalized_advantages(np.zeros(3), np.zeros(4), np.zeros(3))
