import numpy as np
from numpy.testing import assert_allclose
from scipy.stats import rankdata, spearmanr

from rlvis.trust.rank_correlation import rank_correlation, ranks, resized


def test_ranks_share_ties():
    values = np.random.default_rng(0).integers(0, 5, (4, 30))
    assert_allclose(ranks(values), rankdata(values, axis=-1))
    assert_allclose(ranks(np.ones((2, 5))), 3)


def test_correlation_equals_scipy():
    a, b = np.random.default_rng(1).integers(0, 9, (2, 3, 6, 5)).astype(float)
    expected = [spearmanr(x.ravel(), y.ravel()).statistic for x, y in zip(a, b, strict=True)]
    assert_allclose(rank_correlation(a, b), expected)


def test_order_alone_counts_and_constant_maps_have_none():
    maps = np.random.default_rng(2).random((2, 4, 4))
    assert_allclose(rank_correlation(maps, np.exp(5 * maps)), 1)
    assert_allclose(rank_correlation(maps, -maps), -1)
    assert np.isnan(rank_correlation(maps, np.zeros((2, 4, 4)))).all()


def test_smaller_maps_are_enlarged():
    maps = np.arange(4.0).reshape(1, 2, 2)
    assert_allclose(rank_correlation(maps, resized(maps, (6, 8))), 1)
