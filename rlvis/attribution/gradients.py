"""Gradients of outputs with respect to the activations at a tap, or to the observation itself."""

from collections.abc import Sequence
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.attribution.targets import Target
from rlvis.networks import Network, Outputs, Tap
from rlvis.networks.taps import ReplaceTap


def input_gradients(network: Network, parameters, observations, targets: Sequence[Target], state=None) -> np.ndarray:
    """The gradient of each target with respect to the observation, `∂F/∂x`.

    Args:
        network, parameters: the network.
        observations: x, `(N, H, W, C)` float32 in [0, 1].
        targets: the outputs F.
        state: the memory fed with the observations; held fixed.

    Returns:
        `(targets, N, H, W, C)` float32.
    """
    basis, mixture = target_basis(tuple(targets), network.num_actions)
    add_gradients, _ = compiled_gradients(network, None, basis)
    total = jnp.zeros((len(basis), *observations.shape), jnp.float32)
    one = jnp.float32(1)
    return mix(mixture, np.asarray(add_gradients(total, parameters, observations, observations, state, one, one)))


def target_basis(targets: tuple[Target, ...], num_actions: int) -> tuple[np.ndarray, np.ndarray]:
    """The outputs to differentiate, and how the targets are mixed from them.

    A group of actions costs nothing where each of its actions is a target of its own: gradients are linear.

    Returns:
        `basis` `(B, 1 + A)`, rows over (value, logits), and `mixture` `(targets, B)`.
    """
    rows = np.stack([target.weights(num_actions) for target in targets])
    single = rows[(rows != 0).sum(axis=1) == 1]
    covered = single.any(axis=0)
    several = [row for row in rows if (row != 0).sum() > 1 and not covered[row != 0].all()]
    basis = np.unique(np.concatenate([single, np.stack(several)]) if several else single, axis=0)[::-1]
    return np.ascontiguousarray(basis), np.stack([_combination(row, basis) for row in rows])


def _combination(row, basis):
    exact = (basis == row).all(axis=1)
    if exact.any():
        return exact.astype(np.float32)
    return np.array([row @ b if (b != 0).sum() == 1 else 0 for b in basis], np.float32)


def mix(mixture: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`mixture @ values` over the leading axis, without a copy where nothing is mixed."""
    if mixture.shape[0] == mixture.shape[1] and (mixture == np.eye(len(mixture))).all():
        return values
    return np.tensordot(mixture, values, axes=1)


def compiled_gradients(network: Network, tap: str | None, basis: np.ndarray):
    """Jitted functions for the outputs in `basis` behind a tap (`None`: the observation itself).

    Returns:
        `add_gradients(total, parameters, activations, observations, state, alpha, weight)`, which adds
        `weight · ∇F(alpha · activations)` to `total` `(B, N, …)` in place, and
        `scores(parameters, activations, observations, state)`, which gives F(activations) `(B, N)`.
    """
    return _compile(network, tap, basis.tobytes(), basis.shape)


def output_scores(network: Network, tap: str | None, basis: np.ndarray):
    """A function `(parameters, activations, observations, state)` that gives the outputs in `basis` behind a tap, `(B, N)`."""
    def scores(parameters, activations, observations, state):
        if tap is None:
            outputs = network.forward(parameters, activations, _state(network, observations, state), Tap())
        else:
            outputs = network.forward(parameters, observations, _state(network, observations, state), ReplaceTap({tap: activations}))
        return output_rows(basis, outputs)

    return scores


@lru_cache(maxsize=64)
def _compile(network, tap, basis_bytes, basis_shape):
    basis = np.frombuffer(basis_bytes, np.float32).reshape(basis_shape)
    scores = output_scores(network, tap, basis)

    @partial(jax.jit, donate_argnums=0)
    def add_gradients(total, parameters, activations, observations, state, alpha, weight):
        values, pullback = jax.vjp(lambda a: scores(parameters, a, observations, state), activations * alpha)
        # One forward pass serves all outputs; on a CPU a vmapped pullback of convolutions is slower than this loop.
        gradients = [pullback(jnp.zeros_like(values).at[row].set(1.0))[0] for row in range(len(basis))]
        return total + weight * jnp.stack(gradients)

    return add_gradients, jax.jit(scores)


def _state(network, observations, state):
    return network.initial_state(observations.shape[0]) if state is None and network.recurrent else state


def output_rows(basis: np.ndarray, outputs: Outputs) -> jax.Array:
    """`basis @ (value, logits)ᵀ`, leaving out what no row asks for, so that an unused head is never computed."""
    def row(weights):
        value = [float(weights[0]) * outputs.value] if weights[0] else []
        return sum(value + [float(w) * outputs.logits[:, index] for index, w in enumerate(weights[1:]) if w])

    return jnp.stack([row(weights) for weights in basis])
