import warnings

import numpy as np
import pytest
from sklearn.decomposition import NMF

from rlvis.features.factorization import factorize
from rlvis.features.nonnegative_least_squares import nonnegative_least_squares
from rlvis.features.row_sample import RowSample


def sample_of(rows):
    rows = np.asarray(rows, np.float32)
    return RowSample(rows, len(rows), float(np.square(rows, dtype=np.float64).sum()))


def error_of(rows, components):
    residual = rows - nonnegative_least_squares(rows, components) @ components
    return np.linalg.norm(residual) / np.linalg.norm(rows)


def planted(rows=600, channels=12, components=4, noise=0.0, seed=0):
    generator = np.random.default_rng(seed)
    h = generator.random((components, channels)) * (generator.random((components, channels)) < 0.5)
    # A channel of its own for each component makes the factorization unique.
    h[:, :components] = np.eye(components)
    w = generator.exponential(size=(rows, components)) * (generator.random((rows, components)) < 0.4)
    return (w @ h + noise * generator.random((rows, channels))).astype(np.float32), h


def test_planted_components_are_found():
    rows, h = planted()
    components, error = factorize(sample_of(rows), 4, seed=0)
    assert error < 1e-3
    h /= h.sum(axis=1, keepdims=True)
    distances = np.abs(components[:, None] - h[None]).sum(axis=2)
    assert sorted(distances.argmin(axis=1)) == [0, 1, 2, 3]
    assert distances.min(axis=1).max() < 0.02


@pytest.mark.parametrize("seed", range(3))
def test_no_worse_than_scikit_learn(seed):
    rows, _ = planted(1500, 16, 10, noise=0.3, seed=seed)
    model = NMF(6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        w = model.fit_transform(rows)
    theirs = np.linalg.norm(rows - w @ model.components_) / np.linalg.norm(rows)
    components, error = factorize(sample_of(rows), 6, seed=0)
    assert error <= theirs
    assert error == pytest.approx(error_of(rows, components), rel=1e-5)


def test_components_sum_to_one_most_used_first():
    rows, _ = planted(noise=0.2)
    components, _ = factorize(sample_of(rows), 4, seed=0)
    np.testing.assert_allclose(components.sum(axis=1), 1, rtol=1e-6)
    totals = nonnegative_least_squares(rows, components).sum(axis=0)
    assert (np.diff(totals) <= 0).all()


def test_scale_does_not_matter():
    rows, _ = planted(noise=0.2)
    components, error = factorize(sample_of(rows), 3, seed=0)
    for factor in (2.0**-40, 2.0**40):
        scaled_components, scaled_error = factorize(sample_of(rows * np.float32(factor)), 3, seed=0)
        np.testing.assert_array_equal(scaled_components, components)
        assert scaled_error == error


def test_same_bytes_every_time():
    rows, _ = planted(noise=0.2)
    first, second = (factorize(sample_of(rows), 4, seed=5) for _ in range(2))
    assert first[0].tobytes() == second[0].tobytes() and first[1] == second[1]


def test_channels_that_are_never_active_stay_out():
    rows, _ = planted(noise=0.2)
    rows[:, [3, 7]] = 0
    components, _ = factorize(sample_of(rows), 4, seed=0)
    assert not components[:, [3, 7]].any()


def test_few_active_channels_are_features_themselves_and_the_rest_empty():
    rows = np.zeros((50, 12), np.float32)
    rows[:, 4], rows[:, 9] = 1, 3
    components, error = factorize(sample_of(rows), 4, seed=0)
    np.testing.assert_array_equal(components, np.eye(12)[[9, 4]].tolist() + [[0] * 12] * 2)
    assert error == 0


def test_no_rows_give_empty_components():
    components, error = factorize(sample_of(np.zeros((0, 12))), 4, seed=0)
    assert components.shape == (4, 12) and not components.any() and error == 0


def test_fewer_kinds_of_rows_than_components():
    rows = np.repeat(np.random.default_rng(0).random((2, 10), np.float32), 30, axis=0)
    components, error = factorize(sample_of(rows), 5, seed=0)
    assert error < 1e-3 and np.isfinite(components).all()
    assert error_of(rows, components) < 1e-3
