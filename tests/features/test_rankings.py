import numpy as np
import pytest

from rlvis.features import rankings
from rlvis.features.rankings import Ranking, choose


def ranking_of(activations, depth=64):
    return Ranking(activations.__getitem__, *activations.shape, depth=depth)


@pytest.mark.parametrize("depth", [1, 3, 64])
@pytest.mark.parametrize(("items", "candidates", "max_repeats"), [(60, 20, 3), (60, 20, 4), (200, 30, 10), (30, 50, 1), (50, 40, 2)])
def test_same_as_the_rule_word_for_word(items, candidates, max_repeats, depth, slow_choice):
    generator = np.random.default_rng(items + max_repeats)
    # Some candidates are strong nearly everywhere, so that many items have to give way.
    activations = (generator.random((items, candidates)) * generator.random(candidates) ** 3).astype(np.float32)
    rounds = range(1, candidates + 1)
    chosen, values = choose(ranking_of(activations, depth), max_repeats, rounds)
    np.testing.assert_array_equal(chosen, slow_choice(activations, max_repeats, rounds))
    np.testing.assert_array_equal(values, activations[np.arange(items), chosen])


def test_all_rounds_are_gone_through_where_there_is_no_room(slow_choice):
    activations = np.random.default_rng(0).random((40, 6), np.float32)
    for rounds in (range(1, 7), range(1, 6)):
        chosen, _ = choose(ranking_of(activations), 2, rounds)
        np.testing.assert_array_equal(chosen, slow_choice(activations, 2, rounds))


def test_where_nothing_is_active_choices_are_free_but_do_not_disturb_the_others(slow_choice):
    generator = np.random.default_rng(1)
    activations = (generator.random((300, 40)) * (generator.random((300, 40)) < 0.1) * generator.random(40)).astype(np.float32)
    chosen, values = choose(ranking_of(activations, 4), 10, range(1, 41))
    expected = slow_choice(activations, 10, range(1, 41))
    expected_values = activations[np.arange(300), expected]
    np.testing.assert_array_equal(values, expected_values)
    positive = expected_values > 0
    np.testing.assert_array_equal(chosen[positive], expected[positive])
    assert 0 < positive.sum() < 300


def test_items_that_nothing_excites_are_spread_over_the_candidates():
    chosen, values = choose(ranking_of(np.zeros((50, 10), np.float32)), 5, range(1, 11))
    assert not values.any()
    assert np.bincount(chosen).tolist() == [5] * 10


def test_every_rank_is_the_sorted_order():
    activations = np.random.default_rng(2).random((7, 30), np.float32)
    ranking = ranking_of(activations, 4)
    order = np.argsort(-activations, axis=1)
    for rank in range(30):
        items = np.array([5, 0, 3])
        candidates, values = ranking.at(items, rank)
        np.testing.assert_array_equal(candidates, order[items, rank])
        np.testing.assert_array_equal(values, activations[items, order[items, rank]])


def test_little_memory_changes_nothing(monkeypatch):
    activations = np.random.default_rng(3).random((100, 20), np.float32)
    expected, _ = choose(ranking_of(activations), 5, range(1, 21))
    monkeypatch.setattr(rankings, "CHUNK_ENTRIES", 50)
    monkeypatch.setattr(rankings, "KEPT_ENTRIES", 50)
    chosen, _ = choose(ranking_of(activations, 1), 5, range(1, 21))
    np.testing.assert_array_equal(chosen, expected)
