import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.rollouts.action_noise import fold_in, gumbel_noise, policy_keys


@pytest.mark.parametrize("seed", [0, 5, 2**31 - 1])
def test_keys_are_those_of_jax(seed):
    expected = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(seed), np.arange(5, dtype=np.uint32))
    keys = policy_keys(seed, 5)
    assert_array_equal(keys, jax.random.key_data(expected))
    steps = fold_in(keys[:, None], np.array([0, 1, 2**32 - 1]))
    assert_array_equal(steps[:, 2], jax.random.key_data(jax.vmap(jax.random.fold_in, (0, None))(expected, np.uint32(2**32 - 1))))


def test_noise_is_that_of_jax():
    keys = policy_keys(3, 200)
    expected = jax.vmap(lambda key: jax.random.gumbel(key, (15,)))(jax.random.wrap_key_data(keys))
    assert_allclose(gumbel_noise(keys, 15), expected, rtol=2e-5, atol=2e-6)


def test_noise_samples_the_softmax():
    logits = np.array([0.0, 1.0, -1.0], np.float32)
    chosen = (logits + gumbel_noise(policy_keys(1, 20000), 3)).argmax(axis=-1)
    assert_allclose(np.bincount(chosen) / 20000, np.exp(logits) / np.exp(logits).sum(), atol=0.015)
