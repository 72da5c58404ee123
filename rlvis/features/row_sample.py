"""A fixed-size random sample of an attribution's rows that stands for all of them.

Features are fitted to squared errors, so a row matters in proportion to its squared norm. Each row draws a uniform u
and gets the priority ‖z‖²/u; the rows of highest priority are kept. With τ the highest priority left out, a kept row
that is lighter than τ is stretched to ‖z‖² = τ. Then sums over the sample, of anything that grows with ‖z‖², are
unbiased estimates of the sums over all rows, and rows heavier than τ are certainly there, unchanged.

The draws belong to the observation, so the sample depends neither on the batches nor on which process saw them.

Source: Duffield, Lund & Thorup 2007, "Priority sampling for estimation of arbitrary subset sums".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rlvis.errors import NetworkError, OptionError
from rlvis.stored_frames import block_slices


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


@dataclass(frozen=True)
class OfferedRows:
    """Rows of some observations that may belong to a sample.

    Attributes:
        population: how many rows that are not zero there were.
        energy_sums: Σ ‖z‖² of each observation.
        parts: rows `(n, c)`, energies, priorities and places of those that may be kept.
    """

    population: int
    energy_sums: list[float]
    parts: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

    @staticmethod
    def joined(several: Sequence["OfferedRows"]) -> "OfferedRows":
        """All of them as one."""
        parts = tuple(np.concatenate(same) for same in zip(*(each.parts for each in several), strict=True))
        return OfferedRows(sum(each.population for each in several), [energy for each in several for energy in each.energy_sums], parts)


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

    def add(self, attributions, first: int = 0) -> None:
        """Offer the rows of some observations: `take(offered(…))`."""
        self.take(self.offered(attributions, first))

    def offered(self, attributions, first: int = 0) -> OfferedRows:
        """What `take` wants of some observations' rows; threads may prepare several at once, as most of the work is here.

        Args:
            attributions: `(n, h, w, c)`.
            first: the number of the first of them among all observations.

        Raises:
            NetworkError: if there is a NaN or an infinity among them.
        """
        attributions = np.asarray(attributions, np.float32)
        flat, found = attributions.reshape(len(attributions), -1, attributions.shape[-1]), []
        for part in block_slices(len(flat), 4 * math.prod(flat.shape[1:])):
            if not np.isfinite(flat[part]).all():
                raise NetworkError("attributions contain NaN or infinity, so no features can be found; the checkpoint's parameters are probably damaged")
            positive = np.maximum(flat[part], 0)
            halves = (positive, positive - flat[part]) if self.signed else (positive,)
            found += [self._strong(rows, sign, first + part.start) for sign, rows in enumerate(halves)]
        offered = OfferedRows.joined(found)
        return replace(offered, parts=self._strongest(offered.parts))

    def take(self, offered: OfferedRows) -> None:
        """Keep what was offered, as far as it may belong to the sample."""
        self.population += offered.population
        self._energy_sums += offered.energy_sums
        for mine, theirs in zip(self._parts(), offered.parts, strict=True):
            mine.append(theirs)
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

    def _strong(self, rows, sign, first):
        energies = _energies(rows)
        draws = np.stack([_draws(self.seed, first + index, sign, rows.shape[1]) for index in range(len(rows))])
        priorities = energies / draws
        kept = priorities > self._threshold
        observation, position = np.nonzero(kept)
        places = ((first + observation) * rows.shape[1] + position) * 2 + sign
        return OfferedRows(int(np.count_nonzero(energies)), energies.sum(axis=1).tolist(), (rows[kept], energies[kept], priorities[kept], places))

    def _prune(self):
        """Forget rows that can no longer be kept: τ is the priority of the one after the last that is."""
        for parts in self._parts():
            parts[:] = [np.concatenate(parts)] if parts else []
        if self._priorities and len(self._priorities[0]) > self.max_rows + 1:
            for parts, kept in zip(self._parts(), self._strongest(tuple(parts[0] for parts in self._parts())), strict=True):
                parts[0] = kept
            self._threshold = float(self._priorities[0].min())

    def _strongest(self, parts):
        """Those of highest priority, in any order, one more than the sample's size; all of them where there are no more."""
        priorities, most = parts[2], self.max_rows + 1
        if len(priorities) <= most:
            return parts
        kept = np.argpartition(priorities, -most)[-most:]
        return tuple(part[kept] for part in parts)

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
