"""Which steps are learned from together."""

import numpy as np
import pytest

from rlvis.training.minibatches import Batch
from rlvis.training.rollout import Rollout

T, N = 5, 4


def make_rollout(group, recurrent=False):
    """A rollout whose observations and actions name their step: group, t, n."""
    t, n = np.meshgrid(np.arange(T), np.arange(N), indexing="ij")
    names = (100 * group + 10 * t + n).astype(np.int32)
    rollout = Rollout(names[..., None, None, None].astype(np.float32), t == n, names, -names / 10.0, names / 100.0, np.ones((T, N), np.float32), np.zeros((T, N), bool),
                      {"lstm": {"h": np.arange(N)[:, None] + 100.0 * group}} if recurrent else None, np.zeros(N, np.float32))
    return rollout


@pytest.fixture
def batch():
    return Batch([make_rollout(0), make_rollout(1)], [0, 1], 0.9, 0.9)


def test_every_step_is_in_one_minibatch_and_groups_take_equal_part(batch):
    indices = batch.minibatch_indices(5, (1, 2))
    assert [[len(part) for part in minibatch] for minibatch in indices] == [[4, 4]] * 5
    for group in (0, 1):
        assert sorted(np.concatenate([minibatch[group] for minibatch in indices])) == list(range(T * N))


def test_the_order_of_a_group_does_not_depend_on_the_others(batch):
    alone = Batch([make_rollout(1)], [1], 0.9, 0.9)
    for both, one in zip(batch.minibatch_indices(5, (1, 2)), alone.minibatch_indices(5, (1, 2)), strict=True):
        np.testing.assert_array_equal(both[1], one[0])
    assert any((a[0] != b[0]).any() for a, b in zip(batch.minibatch_indices(5, (1, 2)), batch.minibatch_indices(5, (1, 3)), strict=True))


def test_micro_batches_hold_the_minibatchs_steps_padded(batch):
    indices = [np.array([0, 7, 19]), np.array([3])]
    parts = list(batch.micro_batches(indices, 2, mean=1.0, deviation=2.0))
    named = [(part[0].ravel().astype(int).tolist(), part[3].weights.tolist()) for part in parts]
    # Step 7 is t = 1, n = 3.
    assert named == [([0, 13], [1, 1]), ([43, 43], [1, 0]), ([103, 103], [1, 0])]
    samples = parts[0][3]
    np.testing.assert_array_equal(samples.actions, [0, 13])
    np.testing.assert_allclose(samples.log_probabilities, [0, -1.3])
    np.testing.assert_allclose(samples.advantages, (batch.advantages[0].ravel()[[0, 7]] - 1) / 2, rtol=1e-6)
    np.testing.assert_allclose(samples.returns, batch.advantages[0].ravel()[[0, 7]] + samples.values, rtol=1e-6)
    np.testing.assert_array_equal(batch.minibatch_advantages(indices), [*batch.advantages[0].ravel()[[0, 7, 19]], batch.advantages[1].ravel()[3]])


def test_recurrent_minibatches_are_whole_environments_in_order():
    batch = Batch([make_rollout(1, recurrent=True)], [1], 0.9, 0.9)
    (observations, firsts, state, samples), padded = batch.micro_batches([np.array([2, 0, 3])], 2)
    np.testing.assert_array_equal(samples.actions, [102, 112, 122, 132, 142, 100, 110, 120, 130, 140])
    np.testing.assert_array_equal(observations.ravel(), samples.actions)
    np.testing.assert_array_equal(firsts, [[False, False, True, False, False], [True, False, False, False, False]])
    np.testing.assert_array_equal(state["lstm"]["h"], [[102], [100]])
    np.testing.assert_array_equal(padded[3].weights, [1] * T + [0] * T)


def test_normalizing_the_batch(batch):
    before = np.concatenate([a.ravel() for a in batch.advantages])
    batch.normalize(before.mean(), before.std())
    after = np.concatenate([a.ravel() for a in batch.advantages])
    assert abs(after.mean()) < 1e-6 and abs(after.std() - 1) < 1e-5
