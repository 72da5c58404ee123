import numpy as np
import pytest
from scipy.optimize import nnls

from rlvis.errors import OptionError
from rlvis.features import nonnegative_least_squares as module
from rlvis.features.nonnegative_least_squares import PassiveSetSolver, nonnegative_least_squares


def problem(rows, channels, directions, seed=0):
    generator = np.random.default_rng(seed)
    return generator.random((rows, channels), np.float32) ** 3, generator.random((directions, channels)) ** 2


def oracle(rows, directions):
    return np.array([nnls(directions.T, row.astype(np.float64))[0] for row in rows])


# Up to 8, up to 16 and more directions take different ways.
@pytest.mark.parametrize("directions", [1, 5, 8, 12, 20])
def test_equals_scipy(directions):
    rows, h = problem(300, 24, directions)
    expected = oracle(rows, h)
    np.testing.assert_allclose(nonnegative_least_squares(rows, h), expected, atol=1e-5 * expected.max())


def test_equals_scipy_where_directions_are_longer_than_each_other():
    rows, h = problem(200, 12, 6)
    h *= np.array([1e-4, 1, 1e3, 10, 0.1, 1])[:, None]
    expected = oracle(rows, h)
    largest = expected.max(axis=0)
    np.testing.assert_allclose(nonnegative_least_squares(rows, h) / largest, expected / largest, atol=1e-5)


def test_meets_the_optimality_conditions():
    rows, h = problem(5000, 16, 8, seed=1)
    w = nonnegative_least_squares(rows, h).astype(np.float64)
    gradient = (w @ h - rows) @ h.T
    scale = (rows @ h.T).max(axis=1, keepdims=True)
    assert (w >= 0).all()
    assert (gradient >= -5e-6 * scale).all()
    assert (np.abs(w * gradient) <= 5e-6 * scale * np.maximum(w, 1)).all()


def test_rows_that_cycle_are_solved_one_by_one(monkeypatch):
    monkeypatch.setattr(module, "MAX_EXCHANGES", 1)
    rows, h = problem(100, 16, 8, seed=2)
    np.testing.assert_allclose(nonnegative_least_squares(rows, h), oracle(rows, h), atol=1e-5)


def test_chunks_do_not_matter(monkeypatch):
    rows, h = problem(1000, 10, 4)
    whole = nonnegative_least_squares(rows, h)
    monkeypatch.setattr(module, "CHUNK_ROWS", 96)
    np.testing.assert_allclose(nonnegative_least_squares(rows, h), whole, atol=1e-6)


def test_starting_from_known_passive_sets_changes_nothing():
    rows, h = problem(500, 10, 6)
    solver = PassiveSetSolver(h)
    coefficients, passive = solver(rows)
    again, passive_again = solver(rows, passive)
    np.testing.assert_allclose(coefficients, again, atol=1e-6)
    np.testing.assert_array_equal(passive, passive_again)
    np.testing.assert_allclose(solver(rows, np.zeros_like(passive))[0], coefficients, atol=1e-6)


def test_zero_rows_and_zero_directions_get_zero():
    rows, h = problem(50, 10, 4)
    rows[::2], h[1] = 0, 0
    w = nonnegative_least_squares(rows, h)
    assert not w[::2].any() and not w[:, 1].any()
    np.testing.assert_allclose(w[:, [0, 2, 3]], oracle(rows, h[[0, 2, 3]]), atol=1e-5)


def test_equal_directions_still_give_the_best_fit():
    rows, h = problem(100, 10, 4)
    h = np.concatenate([h, h[:2]])
    w = nonnegative_least_squares(rows, h)
    np.testing.assert_allclose(w @ h, oracle(rows, h[:4]) @ h[:4], atol=1e-5)


def test_no_rows():
    assert nonnegative_least_squares(np.zeros((0, 3)), np.eye(3)).shape == (0, 3)


@pytest.mark.parametrize(("rows", "directions"), [((4, 3), (2, 5)), ((4, 3, 1), (2, 3)), ((4, 100), (65, 100))])
def test_shapes_that_do_not_fit(rows, directions):
    with pytest.raises(OptionError, match=r"found|at most 64"):
        nonnegative_least_squares(np.ones(rows), np.ones(directions))
