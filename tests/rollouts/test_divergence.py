import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax

from rlvis.rollouts.divergence import greedy_difference, policy_divergence


def test_it_is_scipys():
    generator = np.random.default_rng(0)
    logits, others = (3 * generator.standard_normal((50, 7)).astype(np.float32) for _ in range(2))
    expected = jensenshannon(softmax(logits.astype(float), axis=1), softmax(others.astype(float), axis=1), base=2, axis=1) ** 2
    found = policy_divergence(logits, others)
    assert found.dtype == np.float32
    assert_allclose(found, expected, rtol=1e-5)
    assert_array_equal(found, policy_divergence(others, logits))


def test_the_same_policy_is_at_0_and_one_with_no_action_in_common_at_1():
    logits = np.random.default_rng(1).standard_normal((9, 4)).astype(np.float32)
    assert_array_equal(policy_divergence(logits, logits), 0)
    assert_allclose(policy_divergence(logits, logits + 100), 0, atol=1e-7)
    assert_array_equal(policy_divergence([[0, -2000, -2000]], [[-2000, 0, 0]]), 1)


def test_the_best_actions_are_the_same_or_not():
    assert_array_equal(greedy_difference([[1, 2, 0], [5, 4, 3], [0, 0, 9]], [[0, 7, 3], [4, 5, 3], [1, 2, 2]]), [0, 1, 1])
