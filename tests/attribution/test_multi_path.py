import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.attribution.multi_path import choose_paths, multi_path_gradients
from rlvis.attribution.targets import VALUE
from rlvis.errors import OptionError
from rlvis.networks import record


def test_even_numbers_of_features_choose_sets_with_the_first():
    paths = choose_paths(4)
    assert len(paths) == 6
    assert {chosen for chosen, _ in paths} == {(0, 1), (0, 2), (0, 3)}


def test_odd_numbers_choose_all_sets():
    assert len(choose_paths(3)) == 6
    assert len(choose_paths(8)) == 70


def test_a_selection_is_reproducible_and_no_larger_than_asked():
    assert choose_paths(8, 5, seed=1) == choose_paths(8, 5, seed=1)
    assert len(choose_paths(8, 5)) == 5
    assert len(choose_paths(2, 99)) == 2


@pytest.mark.parametrize("features, max_paths", [(1, None), (4, 0)])
def test_bad_input(features, max_paths):
    with pytest.raises(OptionError):
        choose_paths(features, max_paths)


def direct(gradient, a, directions, paths, steps):
    """The definition, with orthonormal rows of `directions` so that T(a) = max(a Dᵀ, 0)."""
    r = np.maximum(a @ directions.T, 0)
    e = a - r @ directions
    total = np.zeros_like(a)
    for chosen, late in paths:
        points = [np.zeros_like(a)]
        for k in range(1, steps + 1):
            alpha = k / steps
            coordinate = np.array([alpha**2 if (index in chosen) == late else 1 - (1 - alpha) ** 2 for index in range(len(directions))])
            points.append(((r * coordinate) @ directions + e * alpha).astype(np.float32))
            total += (points[-1] - points[-2]) * np.asarray(gradient(points[-1]))
    return total / len(paths)


def test_equals_the_definition_and_ends_at_the_activations(tiny_clear, tiny_observations):
    network, parameters = tiny_clear
    _, activations = jax.jit(lambda p, x: record(network, p, x, names=["3a"]))(parameters, tiny_observations)
    a = np.asarray(activations["3a"])
    directions = np.eye(8, dtype=np.float32)[:3]
    result = multi_path_gradients(
        network, parameters, a, "3a", [VALUE], tiny_observations, lambda z: np.maximum(z @ directions.T, 0), lambda w: w @ directions, choose_paths(3), steps=2
    )
    gradient = jax.jit(jax.grad(lambda z: network(parameters, tiny_observations, replace={"3a": z}).value.sum()))
    expected = direct(gradient, a, directions, choose_paths(3), 2)
    assert_allclose(result.maps[0], expected, atol=1e-5 * np.abs(expected).max())


def test_many_steps_are_complete(tiny_clear, tiny_observations):
    network, parameters = tiny_clear
    _, activations = jax.jit(lambda p, x: record(network, p, x, names=["4a"]))(parameters, tiny_observations)
    identity = lambda x: np.asarray(x)
    result = multi_path_gradients(network, parameters, activations["4a"], "4a", [VALUE], tiny_observations, identity, identity, choose_paths(8, 2), steps=200)
    assert (result.completeness_error < 0.05).all()
