"""A fixed-size random sample of an attribution's rows that stands for all of them.

Features are fitted to squared errors, so a row matters in proportion to its squared norm. Each row draws a uniform u
and gets the priority ‖z‖²/u; the rows of highest priority are kept. With τ the highest priority left out, a kept row
that is lighter than τ is stretched to ‖z‖² = τ. Then sums over the sample, of anything that grows with ‖z‖², are
unbiased estimates of the sums over all rows, and rows heavier than τ are certainly there, unchanged.

The draws belong to the observation, so the sample depends neither on the batches nor on which process saw them.

Source: Duffield, Lund & Thorup 2007, "Priority sampling for estimation of arbitrary subset sums".
"""

import math
from dataclasses import dataclass

import numpy as np

from rlvis.errors import NetworkError, OptionError


@dataclass(frozen=True)
class RowSample:
    """Rows to fit features to.

    Attributes:
        rows: `(M, c)` float32, non-negative, none of them zero.
        population: how many rows that are not zero they stand for.
        energy: Σ ‖z‖² over all of those.
    """

    rows: np.ndarray
    population: int
    energy: float

    def reduced(self, max_rows: int, seed: int) -> "RowSample":
        """A sample of the sample."""
        energies = _energies(self.rows)
        draws = 1 - np.random.default_rng(seed).random(len(self.rows))
        kept, stretch = _prioritize(energies, energies / draws, max_rows)
        return RowSample(self.rows[kept] * stretch[:, None], self.population, self.energy)


class RowSampler:
    """Collects a `RowSample` from batches of attributions; samplers of several processes can be merged.

    Args:
        max_rows: the size of the sample; every row is kept where there are no more.
        seed: of the draws.
        signed: rows are `max(x, 0)` and `max(−x, 0)`; otherwise only the former.
    """

    def __init__(self, max_rows: int, seed: int, signed: bool = True):
        if max_rows < 1:
            raise OptionError(f"a sample of rows needs at least 1 row, got {max_rows}")
        self.max_rows, self.seed, self.signed = max_rows, seed, signed
        self.population = 0
        self._energy_sums: list[float] = []
        self._rows, self._energies, self._priorities, self._places = [], [], [], []
        self._threshold = 0.0

    def add(self, attributions, first: int = 0):
        """Offer the rows of some observations.

        Args:
            attributions: `(n, h, w, c)`.
            first: the number of the first of them among all observations.

        Raises:
            NetworkError: if there is a NaN or an infinity among them.
        """
        attributions = np.asarray(attributions, np.float32)
        if not np.isfinite(attributions).all():
            raise NetworkError("attributions contain NaN or infinity, so no features can be found; the checkpoint's parameters are probably damaged")
        flat = attributions.reshape(len(attributions), -1, attributions.shape[-1])
        positive = np.maximum(flat, 0)
        halves = (positive, positive - flat) if self.signed else (positive,)
        for sign, rows in enumerate(halves):
            self._offer(rows, sign, first)
        if sum(map(len, self._priorities)) > 1.5 * self.max_rows:
            self._prune()

    def merge(self, other: "RowSampler"):
        """Take over what another sampler with the same settings has collected from other observations."""
        if (self.max_rows, self.seed, self.signed) != (other.max_rows, other.seed, other.signed):
            raise OptionError("samples of rows can be merged only if they have the same size, seed and sign")
        self.population += other.population
        self._energy_sums += other._energy_sums
        for mine, theirs in zip(self._parts(), other._parts(), strict=True):
            mine += theirs
        self._prune()

    def finish(self) -> RowSample:
        """The sample of everything offered so far."""
        self._prune()
        if not self._rows:
            raise OptionError("there are no attributions to find features in")
        rows, energies, priorities, places = (parts[0] for parts in self._parts())
        order = np.argsort(places)
        kept, stretch = _prioritize(energies[order], priorities[order], self.max_rows)
        # An exactly rounded sum is the same in any order, so also for any number of processes.
        return RowSample(rows[order][kept] * stretch[:, None], self.population, math.fsum(self._energy_sums))

    def _offer(self, rows, sign, first):
        energies = _energies(rows)
        draws = np.stack([_draws(self.seed, first + index, sign, rows.shape[1]) for index in range(len(rows))])
        priorities = energies / draws
        kept = priorities > self._threshold
        observation, position = np.nonzero(kept)
        self.population += int(np.count_nonzero(energies))
        self._energy_sums += energies.sum(axis=1).tolist()
        self._rows.append(rows[kept])
        self._energies.append(energies[kept])
        self._priorities.append(priorities[kept])
        self._places.append(((first + observation) * rows.shape[1] + position) * 2 + sign)

    def _prune(self):
        """Forget rows that can no longer be kept; one more than the sample's size is needed for τ."""
        for parts in self._parts():
            parts[:] = [np.concatenate(parts)] if parts else []
        if self._priorities and len(self._priorities[0]) > self.max_rows + 1:
            kept = np.argpartition(self._priorities[0], -(self.max_rows + 1))[-(self.max_rows + 1) :]
            for parts in self._parts():
                parts[0] = parts[0][kept]
            self._threshold = float(self._priorities[0].min())

    def _parts(self):
        return self._rows, self._energies, self._priorities, self._places


def _energies(rows):
    return np.einsum("...c,...c->...", rows, rows, dtype=np.float64)


def _draws(seed, observation, sign, count):
    return 1 - np.random.Generator(np.random.Philox(key=[seed, 2 * observation + sign])).random(count)


def _prioritize(energies, priorities, max_rows):
    """Indices of the rows of highest priority, ascending, and by how much each is stretched."""
    if len(priorities) <= max_rows:
        return np.arange(len(priorities)), np.ones(len(priorities), np.float32)
    order = np.argsort(-priorities, kind="stable")
    kept, threshold = np.sort(order[:max_rows]), priorities[order[max_rows]]
    return kept, np.sqrt(np.maximum(energies[kept], threshold) / energies[kept]).astype(np.float32)
