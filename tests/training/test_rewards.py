"""What is learned from, against NumPy."""

import numpy as np
import pytest

from rlvis.training.rewards import RewardProcessor

REWARDS = np.array([10.0, -3.0, 0.0])
NEVER = np.zeros(3, bool)


def test_none_leaves_rewards_as_they_are():
    np.testing.assert_array_equal(RewardProcessor("none", 3, 0.9)(REWARDS, NEVER), REWARDS)


def test_clip_keeps_the_sign():
    np.testing.assert_array_equal(RewardProcessor("clip", 3, 0.9)(REWARDS, NEVER), [1, -1, 0])


def test_scale_and_death_penalty():
    processor = RewardProcessor("none", 3, 0.9, scale=0.5, death_penalty=3)
    np.testing.assert_allclose(processor(REWARDS, np.array([True, False, True])), [3.5, -1.5, -1.5])


def test_normalize_divides_by_the_deviation_of_all_discounted_returns_so_far():
    generator = np.random.default_rng(1)
    processor, returns, seen = RewardProcessor("normalize", 3, 0.9), np.zeros(3), []
    for _ in range(50):
        rewards, dones = generator.normal(2, 3, 3), generator.random(3) < 0.2
        returns = 0.9 * returns + rewards
        seen.append(returns)
        found = processor(rewards, dones)
        returns = np.where(dones, 0, returns)
    expected = np.clip(rewards / np.sqrt(np.var(seen) + 1e-8), -10, 10)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_normalized_rewards_are_limited():
    processor = RewardProcessor("normalize", 1, 0.9)
    for _ in range(100):
        processor(np.array([0.01]), np.array([True]))
    assert processor(np.array([1e6]), np.array([False]))[0] <= 10


@pytest.mark.parametrize("kind", ["none", "normalize"])
def test_goes_on_from_its_state(kind):
    generator = np.random.default_rng(2)
    first = RewardProcessor(kind, 3, 0.9)
    for _ in range(5):
        first(generator.normal(size=3), generator.random(3) < 0.5)
    second = RewardProcessor(kind, 3, 0.9)
    second.restore(first.state())
    np.testing.assert_array_equal(first(REWARDS, NEVER), second(REWARDS, NEVER))
