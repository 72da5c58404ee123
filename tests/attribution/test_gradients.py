import jax
import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.attribution.gradients import input_gradients, target_basis
from rlvis.attribution.targets import VALUE, policy_targets

ACTIONS = policy_targets(list("abcde"), {"ab": [0, 1], "bc": [1, 2]})


def test_equals_jax_grad(tiny_clear, tiny_observations):
    network, parameters = tiny_clear
    result = input_gradients(network, parameters, tiny_observations, [VALUE, ACTIONS[1]])
    expected = jax.jit(jax.grad(lambda x: network(parameters, x).value.sum()))(tiny_observations)
    assert_allclose(result[0], expected, atol=1e-5 * np.abs(expected).max())
    expected = jax.jit(jax.grad(lambda x: network(parameters, x).logits[:, 1].sum()))(tiny_observations)
    assert_allclose(result[1], expected, atol=1e-5 * np.abs(expected).max())


def test_finite_differences(tiny_clear, tiny_observations):
    network, parameters = tiny_clear
    slopes = input_gradients(network, parameters, tiny_observations, [VALUE])[0]
    direction = slopes / np.sqrt((slopes**2).sum(axis=(1, 2, 3), keepdims=True))
    value = jax.jit(lambda x: network(parameters, x).value)
    step = 5e-3
    difference = (np.asarray(value(tiny_observations + step * direction)) - np.asarray(value(tiny_observations - step * direction))) / (2 * step)
    assert_allclose(difference, (slopes * direction).sum(axis=(1, 2, 3)), rtol=0.03)


def test_groups_are_mixed_from_their_actions_when_these_are_asked_for():
    basis, mixture = target_basis((VALUE, *ACTIONS), 5)
    assert len(basis) == 6
    assert_array_equal(mixture @ basis, np.stack([target.weights(5) for target in (VALUE, *ACTIONS)]))


def test_a_group_alone_costs_one_output():
    basis, mixture = target_basis((VALUE, ACTIONS[-1]), 5)
    assert len(basis) == 2
    assert_array_equal(mixture @ basis, [VALUE.weights(5), ACTIONS[-1].weights(5)])


def test_reference_input_gradient_is_matched(shared):
    from rlvis.checkpoints import load

    golden = np.load(shared / "models/reference-clear/golden.npz")
    checkpoint = load(shared / "models/reference-clear/checkpoint.jd")
    observations = golden["observations"][:2] / np.float32(255)
    result = input_gradients(checkpoint.network, checkpoint.parameters, observations, [VALUE])
    assert_allclose(result[0], golden["input_grad_value"], atol=1e-5 * np.abs(golden["input_grad_value"]).max())
