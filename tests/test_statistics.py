import numpy as np
import pytest
import scipy.stats
from numpy.testing import assert_allclose

from rlvis.statistics import bootstrap_interval, interquartile_mean


@pytest.mark.parametrize("count", [1, 3, 4, 7, 20])
def test_interquartile_mean(count):
    values = np.random.default_rng(count).normal(size=(2, count))
    assert_allclose(interquartile_mean(values), scipy.stats.trim_mean(values, 0.25, axis=1))


def test_interval_agrees_with_scipy():
    values = np.random.default_rng(0).exponential(size=80)
    low, high = bootstrap_interval(values, seed=1)
    reference = scipy.stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(2)).confidence_interval
    spread = reference.high - reference.low
    assert abs(low - reference.low) < 0.1 * spread
    assert abs(high - reference.high) < 0.1 * spread


def test_blocks_widen_the_interval_of_a_series_whose_neighbours_resemble_each_other():
    generator = np.random.default_rng(0)
    values = np.repeat(generator.normal(size=60), 20)
    single, blocks = (np.subtract(*bootstrap_interval(values, block=block)[::-1]) for block in (1, 40))
    assert 3 < blocks / single < 7  # √20 ≈ 4.5


def test_one_value_and_other_statistics():
    assert bootstrap_interval([2.5]) == (2.5, 2.5)
    low, high = bootstrap_interval(np.arange(100.0), interquartile_mean)
    assert low < 49.5 < high
