"""Which steps are learned from together."""

from collections.abc import Iterator, Sequence

import numpy as np

from rlvis.training.losses import Samples
from rlvis.training.rollout import Rollout


class Batch:
    """An iteration's rollouts of this process's groups of environments, ready to be learned from.

    Minibatches are drawn evenly from every group and without regard to the others, so that it makes no difference how
    the groups are divided over processes. Of feed-forward networks they hold single steps, of recurrent ones whole
    environments.

    Args:
        rollouts: one per group.
        group_numbers: the groups' numbers among all groups.
        gamma, gae_lambda: of the advantages.
    """

    def __init__(self, rollouts: Sequence[Rollout], group_numbers: Sequence[int], gamma: float, gae_lambda: float):
        self.rollouts = rollouts
        self.group_numbers = group_numbers
        self.advantages = [rollout.advantages(gamma, gae_lambda) for rollout in rollouts]
        self.returns = [a + rollout.values for a, rollout in zip(self.advantages, rollouts, strict=True)]
        self.recurrent = rollouts[0].initial_state is not None

    def normalize(self, mean: float, deviation: float) -> None:
        """Normalize all advantages at once."""
        self.advantages = [(a - mean) / (deviation + 1e-8) for a in self.advantages]

    def minibatch_indices(self, minibatches: int, seed: Sequence[int]) -> list[list[np.ndarray]]:
        """For each minibatch, for each group, what it holds: steps `t · N + n`, or environments n if recurrent."""
        per_group = []
        for number, rollout in zip(self.group_numbers, self.rollouts, strict=True):
            count = rollout.actions.shape[1] if self.recurrent else rollout.actions.size
            order = np.random.default_rng([*seed, number]).permutation(count)
            per_group.append(np.array_split(order, minibatches))
        return [[parts[m] for parts in per_group] for m in range(minibatches)]

    def minibatch_advantages(self, indices: Sequence[np.ndarray]) -> np.ndarray:
        """The advantages of a minibatch's steps, in one row."""
        return np.concatenate([_select(a, i, self.recurrent).ravel() for a, i in zip(self.advantages, indices, strict=True)])

    def micro_batches(self, indices: Sequence[np.ndarray], size: int, mean: float = 0.0, deviation: float = 1.0) -> Iterator:
        """A minibatch in parts of `size` (steps, or environments if recurrent), the last one padded with weight 0.

        Args:
            indices: of the minibatch, one array per group.
            size: of a part.
            mean, deviation: advantages become `(A − mean) / deviation`.

        Yields:
            `(observations (B, H, W, C), firsts, state, Samples)`; firsts `(E, T)` and state only if recurrent.
        """
        for group, chosen in enumerate(indices):
            for start in range(0, len(chosen), size):
                part = chosen[start : start + size]
                padded = np.concatenate([part, np.repeat(part[:1], size - len(part))])
                yield self._micro_batch(group, padded, len(part), mean, deviation)

    def _micro_batch(self, group, indices, count, mean, deviation):
        rollout = self.rollouts[group]

        def take(array):
            return _select(array, indices, self.recurrent)

        weights = np.zeros(rollout.actions.shape[:1] + (len(indices),), np.float32) if self.recurrent else np.zeros(len(indices), np.float32)
        weights[..., :count] = 1
        weights = weights.T.ravel() if self.recurrent else weights
        samples = Samples(take(rollout.actions), take(rollout.log_probabilities), take(rollout.values),
                          (take(self.advantages[group]) - np.float32(mean)) / np.float32(deviation), take(self.returns[group]), weights)
        if not self.recurrent:
            return take(rollout.observations), None, None, samples
        state = _tree_take(rollout.initial_state, indices)
        return take(rollout.observations), rollout.firsts[:, indices].T, state, samples


def _select(array, indices, recurrent):
    """Rows of `(T, N, …)`: steps `t · N + n`; or whole environments, one after another."""
    if recurrent:
        chosen = array[:, indices].swapaxes(0, 1)
        return chosen.reshape(-1, *array.shape[2:])
    return array.reshape(-1, *array.shape[2:])[indices]


def _tree_take(tree, indices):
    return {key: _tree_take(value, indices) for key, value in tree.items()} if isinstance(tree, dict) else tree[indices]
