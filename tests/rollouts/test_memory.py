import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.rollouts.memory import memory_trace, principal_units


def explained(states, units):
    """The share of variance that least squares on some units explains."""
    centred = states - states.mean(axis=0)
    fitted = centred[:, units] @ np.linalg.lstsq(centred[:, units], centred, rcond=None)[0]
    return 1 - ((centred - fitted) ** 2).sum() / (centred**2).sum()


def test_units_that_tell_the_same_are_chosen_once():
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(2, 200))
    states = np.stack([first, 3 * first, 2.9 * first, second, 0 * first], axis=1)
    found = principal_units(states, 4)
    assert found.units == (1, 3)
    assert found.share == pytest.approx(1)


def test_the_share_is_that_of_least_squares():
    states = np.random.default_rng(1).normal(size=(50, 6)) @ np.random.default_rng(2).normal(size=(6, 6))
    found = principal_units(states, 3)
    assert len(found.units) == 3
    assert found.share == pytest.approx(explained(states, list(found.units)))
    best = max(range(6), key=lambda unit: states[:, unit].var())
    assert found.units[0] == best


def test_a_memory_that_never_changes_still_has_a_unit():
    assert principal_units(np.ones((5, 3)), 2).units == (0,)
    assert principal_units(np.ones((5, 3)), 2).share == 1


def test_a_trace_restarts_with_every_episode():
    states = np.array([[3, 4], [0, 0], [1, 0], [1, 2]], np.float32).reshape(4, 1, 2)
    trace = memory_trace(states, np.array([False, True, False, False]), (1,))
    assert_allclose(trace.norm, [5, 0, 1, 5**0.5])
    assert_allclose(trace.change, [0, 0, 1, 2])
    assert_allclose(trace.units, [[4], [0], [0], [2]])
