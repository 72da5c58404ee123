"""The strongest of many candidates for each of many items, found without sorting or keeping them all."""

from collections.abc import Callable

import numpy as np

CHUNK_ENTRIES = 2**19
KEPT_ENTRIES = 2**23


class Ranking:
    """For each of P items, M candidates in the order of their activation, strongest first.

    The first `depth` ranks of every item are kept; deeper ones are found when asked for. Activations and candidates
    are packed into one integer each, so that a plain partial sort settles everything, ties included: those are
    resolved from a candidate on that differs from item to item, which spreads items that nothing excites.

    Args:
        activations_of: gives the activations `(n, M)`, non-negative float32, of the items with numbers `(n,)`.
        items: P.
        candidates: M.
        depth: ranks to keep.
    """

    def __init__(self, activations_of: Callable[[np.ndarray], np.ndarray], items: int, candidates: int, depth: int = 64):
        self.activations_of, self.items, self.candidates = activations_of, items, candidates
        self.depth = min(depth, candidates)
        self.chunk = max(1, CHUNK_ENTRIES // candidates)
        self.top = np.empty((items, self.depth), np.uint64)
        for start in range(0, items, self.chunk):
            numbers = np.arange(start, min(start + self.chunk, items))
            self.top[numbers] = self._strongest(numbers, self.depth)
        self._deeper: dict[int, np.ndarray] = {}
        self._deeper_depth = self.depth

    def at(self, items: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
        """The candidates `(n,)` of that rank, and their activations `(n,)`."""
        keys = self.top[items, rank] if rank < self.depth else self._deep_keys(items, rank)
        return self._candidate(items, keys), (keys >> np.uint64(32)).astype(np.uint32).view(np.float32)

    def _deep_keys(self, items, rank):
        if rank >= self._deeper_depth:
            self._deeper, self._deeper_depth = {}, min(2 * rank, self.candidates)
        missing = np.array([item for item in items.tolist() if item not in self._deeper], int)
        if len(self._deeper) * self._deeper_depth > KEPT_ENTRIES:
            self._deeper, missing = {}, items
        for start in range(0, len(missing), self.chunk):
            numbers = missing[start : start + self.chunk]
            self._deeper.update(zip(numbers.tolist(), self._strongest(numbers, self._deeper_depth), strict=True))
        return np.array([self._deeper[item][rank] for item in items.tolist()], np.uint64)

    def _strongest(self, items, depth):
        keys = np.ascontiguousarray(self.activations_of(items), np.float32).view(np.uint32).astype(np.uint64) << np.uint64(32)
        keys |= ((self.candidates - 1 - np.arange(self.candidates) + items[:, None]) % self.candidates).astype(np.uint64)
        if depth < self.candidates:
            keys = np.partition(keys, self.candidates - depth, axis=1)[:, self.candidates - depth :]
        return np.sort(keys, axis=1)[:, ::-1]

    def _candidate(self, items, keys):
        """The inverse of `_strongest`'s lower half."""
        return (self.candidates - 1 - (keys & np.uint64(0xFFFFFFFF)).astype(int) + items) % self.candidates


def choose(ranking: Ranking, max_repeats: int, rounds: range) -> tuple[np.ndarray, np.ndarray]:
    """Give every item a strong candidate, and none to too many.

    All begin with rank 0. In round i, items whose candidate is used more than `max_repeats` times give it up, weakest
    first, until it no longer is, and take their candidate of rank i (modulo the number of candidates). What an item
    takes counts from the next round on. It ends when a round moves nothing.

    Args:
        ranking: of the candidates for each item.
        max_repeats: how often a candidate may be used.
        rounds: the values of i.

    Returns:
        The chosen candidates `(P,)` and their activations `(P,)`.
    """
    everything = np.arange(ranking.items)
    chosen, activations = ranking.at(everything, 0)
    for number in rounds:
        uses = np.bincount(chosen, minlength=ranking.candidates)
        crowded = np.flatnonzero(uses[chosen] > max_repeats)
        if not len(crowded):
            break
        order = crowded[np.lexsort((activations[crowded], chosen[crowded]))]
        users = chosen[order]
        begins = np.flatnonzero(np.concatenate([[True], users[1:] != users[:-1]]))
        place = np.arange(len(order)) - np.repeat(begins, np.diff([*begins, len(order)]))
        moving = order[place < uses[users] - max_repeats]
        chosen[moving], activations[moving] = ranking.at(moving, number % ranking.candidates)
    return chosen, activations
