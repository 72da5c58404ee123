import numpy as np
import pytest
import scipy.stats
from numpy.testing import assert_allclose
from scipy.ndimage import gaussian_filter
from sklearn.metrics import roc_auc_score

from rlvis.gaze.fixations import fixation_density
from rlvis.gaze.metrics import METRICS, area_under_curve, auc_judd, correlation, kl_divergence, nss, score_map, shuffled_auc, similarity

SHAPE = (30, 24)


@pytest.fixture
def generator():
    return np.random.default_rng(3)


@pytest.fixture
def saliency(generator):
    return np.round(generator.random(SHAPE), 2) + 0.01


@pytest.fixture
def pixels(generator):
    return np.append(generator.integers(0, 720, 12), [5, 5])


@pytest.fixture
def density(pixels):
    counts = np.bincount(pixels, minlength=720).reshape(SHAPE).astype(float)
    blurred = gaussian_filter(counts, 2, mode="mirror", truncate=4)
    return blurred / blurred.sum()


def test_nss_is_the_mean_standard_score_at_fixations(saliency, pixels):
    counts = np.bincount(pixels, minlength=720).reshape(SHAPE)
    expected = np.average(scipy.stats.zscore(saliency, axis=None), weights=counts)
    assert_allclose(nss(saliency, pixels), expected)
    assert_allclose(nss(1e-9 * saliency, pixels), expected)


def test_kl_divergence(saliency, density):
    assert_allclose(kl_divergence(saliency, density), scipy.stats.entropy(density.ravel(), saliency.ravel()))
    assert_allclose(kl_divergence(5 * saliency, density), kl_divergence(saliency, density))
    assert_allclose(kl_divergence(density, density), 0, atol=1e-12)


def test_kl_divergence_where_the_map_is_zero(saliency, density):
    holed = saliency.copy()
    holed.ravel()[np.argmax(density)] = 0
    assert np.isnan(kl_divergence(holed, density))
    q = holed / holed.sum()
    assert_allclose(kl_divergence(holed, density, 1e-6), np.sum(density * np.log(1e-6 + density / (q + 1e-6))))


def test_correlation_and_similarity(saliency, density):
    assert_allclose(correlation(saliency, density), np.corrcoef(saliency.ravel(), density.ravel())[0, 1])
    assert_allclose(similarity(saliency, density), np.minimum(saliency / saliency.sum(), density).sum())
    assert_allclose(similarity(density, density), 1)


def test_area_under_curve_with_ties(generator):
    positives, negatives = generator.integers(0, 6, 40) / 5, generator.integers(0, 5, 90) / 5
    expected = roc_auc_score([1] * 40 + [0] * 90, np.concatenate([positives, negatives]))
    assert_allclose(area_under_curve(positives, negatives), expected)


def test_auc_judd_is_the_area_of_fixated_against_other_pixels(saliency, pixels):
    fixated = np.bincount(pixels, minlength=720) > 0
    assert_allclose(auc_judd(saliency, pixels), roc_auc_score(fixated, saliency.ravel()))


def test_shuffled_auc_is_what_resampling_tends_to(saliency, pixels, generator):
    others = generator.choice(720, 150, p=saliency.ravel() / saliency.sum())
    flat = saliency.ravel()
    true = flat[pixels]
    areas = []
    share = np.bincount(others, minlength=720) / len(others)
    draws = np.random.RandomState(42).choice(np.arange(720), size=(100, len(pixels)), p=share)
    for drawn in draws:
        areas.append(roc_auc_score([0] * len(pixels) + [1] * len(pixels), np.concatenate([flat[drawn], true])))
    error = np.std(areas) / 10
    assert 0 < error < 0.02
    assert abs(shuffled_auc(saliency, pixels, others) - np.mean(areas)) < 3 * error
    assert_allclose(shuffled_auc(saliency, pixels, others, splits=100), np.mean(areas))
    assert np.isnan(shuffled_auc(saliency, pixels, others[:0], splits=100))


def test_shuffled_auc_does_not_reward_the_mean_fixation_map(generator):
    everywhere = generator.normal(360, 60, 20_000).astype(int)
    mean_map = np.bincount(everywhere, minlength=720).reshape(SHAPE).astype(float)
    assert_allclose(shuffled_auc(mean_map, everywhere[:5000], everywhere[5000:]), 0.5, atol=0.01)
    assert auc_judd(mean_map, everywhere[:300]) > 0.8


def test_undefined_scores_are_nan(saliency, pixels, density):
    flat = np.full(SHAPE, 0.25)
    scores = score_map(flat, pixels, pixels, density)
    assert {metric for metric, score in scores.items() if np.isnan(score)} == {"nss", "sauc", "cc", "auc_judd"}
    assert np.isnan(list(score_map(np.zeros(SHAPE), pixels, pixels, density).values())).all()
    assert np.isnan(list(score_map(saliency, pixels[:0], pixels, None).values())).all()
    assert np.isnan(list(score_map(np.where(saliency > 0.5, np.nan, saliency), pixels, pixels, density).values())).all()
    assert np.isnan(score_map(saliency, pixels, pixels[:0], density)["sauc"])
    assert tuple(scores) == METRICS


@pytest.mark.parametrize("sigma", [2.0, 5.0])
def test_density_is_the_blurred_count(sigma, pixels):
    counts = np.bincount(pixels, minlength=720).reshape(SHAPE).astype(float)
    blurred = gaussian_filter(counts, sigma, mode="mirror", truncate=4)
    assert_allclose(fixation_density(pixels, SHAPE, sigma), blurred / blurred.sum(), atol=1e-15)
