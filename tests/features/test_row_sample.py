import numpy as np
import pytest

from rlvis.errors import NetworkError, OptionError
from rlvis.features.row_sample import RowSampler


def attributions(observations=6, seed=0):
    return (np.random.default_rng(seed).standard_normal((observations, 4, 3, 5)) ** 3).astype(np.float32)


def all_rows(values):
    stacked = np.concatenate([np.maximum(values, 0).reshape(-1, 5), np.maximum(-values, 0).reshape(-1, 5)])
    return stacked[stacked.any(axis=1)]


def sample(values, max_rows, seed=0, batches=1, **options):
    sampler = RowSampler(max_rows, seed, **options)
    first = 0
    for batch in np.array_split(values, batches):
        sampler.add(batch, first)
        first += len(batch)
    return sampler.finish()


def test_few_rows_are_all_kept_as_they_are():
    values = attributions()
    result = sample(values, 1000)
    expected = all_rows(values)
    assert result.population == len(expected) == len(result.rows)
    np.testing.assert_array_equal(np.sort(result.rows, axis=0), np.sort(expected, axis=0))
    assert result.energy == pytest.approx(np.square(expected, dtype=np.float64).sum())


def test_activations_give_only_their_positive_part():
    values = attributions()
    rows = sample(values, 1000, signed=False).rows
    expected = np.maximum(values, 0).reshape(-1, 5)
    np.testing.assert_array_equal(rows, expected[expected.any(axis=1)])


def test_sums_over_the_sample_are_unbiased():
    values = attributions(20, seed=3)
    rows = all_rows(values).astype(np.float64)
    direction = np.array([1, 0.5, 0, 0, 2])
    estimates = []
    for seed in range(400):
        kept = sample(values, 40, seed).rows.astype(np.float64)
        assert len(kept) == 40
        estimates.append([np.square(kept).sum(), np.square(kept @ direction).sum()])
    # Forty of some five hundred rows: the mean of 400 estimates is good to a few parts in a thousand.
    np.testing.assert_allclose(np.mean(estimates, axis=0), [np.square(rows).sum(), np.square(rows @ direction).sum()], rtol=0.02)


def test_a_rare_strong_row_is_always_there_unchanged():
    values = 0.01 * attributions(20)
    values[7, 2, 1] = [0, 3, 0, 4, 0]
    for seed in range(20):
        assert (sample(values, 30, seed).rows == [0, 3, 0, 4, 0]).all(axis=1).any()


@pytest.mark.parametrize("batches", [2, 5, 20])
def test_batches_do_not_matter(batches):
    values = attributions(20)
    whole, split = sample(values, 50), sample(values, 50, batches=batches)
    assert whole.rows.tobytes() == split.rows.tobytes()
    assert (whole.population, whole.energy) == (split.population, split.energy)


def test_samplers_of_several_processes_merge_to_the_same_sample():
    values = attributions(21)
    samplers = [RowSampler(50, 0) for _ in range(3)]
    for index in range(21):
        samplers[index % 3].add(values[index : index + 1], index)
    samplers[2].merge(samplers[0])
    samplers[2].merge(samplers[1])
    merged, whole = samplers[2].finish(), sample(values, 50)
    assert merged.rows.tobytes() == whole.rows.tobytes()
    assert merged.energy == whole.energy


def test_different_seeds_draw_differently():
    values = attributions(20)
    assert sample(values, 50, 0).rows.tobytes() != sample(values, 50, 1).rows.tobytes()


def test_a_sample_of_a_sample():
    whole = sample(attributions(20), 200)
    part = whole.reduced(20, 0)
    assert len(part.rows) == 20 and part.population == whole.population
    assert np.square(part.rows).sum() == pytest.approx(np.square(whole.rows).sum(), rel=0.3)


def test_nothing_but_zeros():
    result = sample(np.zeros((2, 4, 3, 5), np.float32), 10)
    assert result.rows.shape == (0, 5) and result.population == 0 and result.energy == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(bad):
    values = attributions()
    values[3, 0, 0, 0] = bad
    with pytest.raises(NetworkError, match="NaN or infinity"):
        sample(values, 10)


def test_mistakes():
    with pytest.raises(OptionError, match="at least 1 row"):
        RowSampler(0, 0)
    with pytest.raises(OptionError, match="no attributions"):
        RowSampler(5, 0).finish()
    with pytest.raises(OptionError, match="same size"):
        RowSampler(5, 0).merge(RowSampler(6, 0))
