import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rlvis.features.redirected_relu import redirected_relu, with_redirected_relu
from rlvis.networks import record

X = jnp.array([[-1.0, 2.0, -3.0], [-1.0, -2.0, -3.0]])


@pytest.mark.parametrize("relu", [jax.nn.relu, lambda x: jnp.maximum(x, 0), lambda x: jnp.maximum(0.0, x), jax.jit(jax.nn.relu)])
def test_where_nothing_gets_through_what_raises_a_unit_does(relu):
    slope = jnp.array([-1.0, 3.0, 5.0])

    def loss(x, redirect):
        return jnp.sum(with_redirected_relu(lambda x: relu(x) * slope)(redirect, x))

    value, ordinary = jax.value_and_grad(loss)(X, False)
    assert value == 6
    np.testing.assert_array_equal(ordinary, [[0, 3, 0], [0, 0, 0]])
    # The first example has a unit that is on; in the second, only the first unit would lower the loss by rising.
    np.testing.assert_array_equal(jax.grad(loss)(X, True), [[0, 3, 0], [-1, 0, 0]])


def test_other_functions_keep_their_values_and_gradients():
    def function(x):
        return jax.nn.silu(x) + jax.nn.softplus(x) + jax.nn.elu(x) + jnp.maximum(x, 1) + jax.nn.leaky_relu(x) + jnp.where(x > 0, x, 0)

    redirected = with_redirected_relu(function)
    np.testing.assert_allclose(redirected(True, X), function(X), rtol=1e-6)
    expected = jax.grad(lambda x: function(x).sum())(X)
    np.testing.assert_allclose(jax.grad(lambda x: redirected(True, x).sum())(X), expected, rtol=1e-6)


def test_pytrees_come_back_as_they_were():
    result = with_redirected_relu(lambda a, b: {"sum": a["x"] + b, "relu": (jax.nn.relu(a["x"]), b)})(False, {"x": X}, 2.0)
    assert set(result) == {"sum", "relu"}
    np.testing.assert_array_equal(result["sum"], X + 2)
    np.testing.assert_array_equal(result["relu"][0], jnp.maximum(X, 0))


def test_networks_keep_their_values_and_ordinary_gradients(tiny_impala, tiny_observations):
    network, parameters = tiny_impala

    def value(observations):
        return record(network, parameters, observations)[0].value

    def redirected(observations):
        return with_redirected_relu(value)(False, observations)

    (expected, expected_gradient), (values, gradient) = (
        jax.jit(lambda x, f=f: (f(x), jax.grad(lambda x: f(x).sum())(x)))(tiny_observations) for f in (value, redirected)
    )
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-4, atol=1e-6)


def test_by_itself():
    np.testing.assert_array_equal(redirected_relu(X, True), jnp.maximum(X, 0))
