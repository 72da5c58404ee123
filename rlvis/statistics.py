"""Summaries of scores, with intervals."""

from collections.abc import Callable

import numpy as np

RESAMPLES = 2000


def interquartile_mean(values, axis: int = -1) -> np.ndarray:
    """The mean of the middle half: the lowest and the highest ⌊n / 4⌋ values are left out.

    Source: Agarwal et al. 2021, section 4.2 (as `scipy.stats.trim_mean(values, 0.25)`).
    """
    values = np.sort(np.asarray(values, float), axis=axis)
    count = values.shape[axis]
    cut = count // 4
    return np.take(values, np.arange(cut, count - cut), axis=axis).mean(axis=axis)


def bootstrap_interval(values, statistic: Callable = np.mean, *, block: int = 1, confidence: float = 0.95, seed: int = 0, resamples: int = RESAMPLES) -> tuple[float, float]:
    """The percentile bootstrap interval of a statistic of independent values, or of values that follow one another.

    Args:
        values: `(n,)`; at least one.
        statistic: a function of an array and `axis`.
        block: values are drawn in runs of that many, whose starts are drawn from all of them (circular block
            bootstrap): for series whose neighbours resemble each other. 1: one by one.
        confidence: of the interval.
        seed: of the resampling.
        resamples: how many.

    Returns:
        `(low, high)`; both are the value itself if there is one only.

    Source: Efron 1979; Politis and Romano 1992 for blocks.
    """
    values = np.asarray(values, float)
    block = max(1, min(block, len(values) // 2))
    generator = np.random.default_rng(seed)
    drawn = []
    # A few resamples at a time bound the memory.
    share = max(1, min(resamples, 4_000_000 // len(values)))
    for start in range(0, resamples, share):
        starts = generator.integers(0, len(values), (min(share, resamples - start), -(-len(values) // block), 1))
        indices = ((starts + np.arange(block)) % len(values)).reshape(len(starts), -1)[:, : len(values)]
        drawn.append(statistic(values[indices], axis=-1))
    low, high = np.quantile(np.concatenate(drawn), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
