"""Gradients along the straight path from zero to the activations at a tap, summed with a quadrature's weights.

Where the tap is read by one convolution or dense layer alone, with preactivation `y(a) = J a + y(0)`, that layer is the
same at every point: `y(α a) = y(0) + α (y(a) − y(0))` and `∇_a F = Jᵀ ∇_y F`. So it is run once forward and once
backward, and the steps are taken behind it; the sum is the same but for rounding.
"""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.attribution.gradients import compiled_gradients
from rlvis.attribution.quadrature import QuadratureRule
from rlvis.networks import Network
from rlvis.networks.bottlenecks import affine_entry
from rlvis.networks.taps import RecordTap, ReplaceTap


def straight_path(network: Network, parameters, activations, tap: str, basis: np.ndarray, observations, state, rule: QuadratureRule) -> tuple[jax.Array, jax.Array, jax.Array]:
    """`Σ_k w_k ∇F(α_k a)`, F(a) and F(0).

    Args:
        network, parameters: the network.
        activations: a, at the tap, `(N, h, w, c)`.
        tap: its name.
        basis: the outputs F as rows over (value, logits), `(B, 1 + A)`.
        observations, state: `(N, H, W, C)` normalised, and the memory fed with them.
        rule: the points α and weights w.

    Returns:
        `(B, N, h, w, c)`, `(B, N)`, `(B, N)`.
    """
    fixed = observations, state
    entry = affine_entry(network, parameters, tap)
    if entry is None:
        steps = [(activations, alpha) for alpha in rule.points]
        return _sum(network, parameters, tap, basis, fixed, rule, steps, activations, jnp.zeros_like(activations))
    enter, leave = _compiled_entry(network, tap, entry)
    end, start = enter(parameters, activations, *fixed), enter(parameters, jnp.zeros_like(activations), *fixed)
    steps = ((_between(start, end, alpha), 1.0) for alpha in rule.points)
    total, scores, baselines = _sum(network, parameters, entry, basis, fixed, rule, steps, end, start)
    return leave(parameters, total, activations, *fixed), scores, baselines


def _sum(network, parameters, tap, basis, fixed, rule, steps, end, start):
    add_gradients, scores_of = compiled_gradients(network, tap, basis)
    total = jnp.zeros((len(basis), *end.shape), jnp.float32)
    for (point, alpha), weight in zip(steps, rule.weights, strict=True):
        total = add_gradients(total, parameters, point, *fixed, jnp.float32(alpha), jnp.float32(weight))
    return total, scores_of(parameters, end, *fixed), scores_of(parameters, start, *fixed)


@jax.jit
def _between(start, end, alpha):
    return start + alpha * (end - start)


class _EnterTap(RecordTap):
    """Records, with a tap's activations replaced."""

    def __init__(self, tap, activations):
        super().__init__()
        self.replace = ReplaceTap({tap: activations})

    def __call__(self, name, value, kind="other"):
        return super().__call__(name, self.replace(name, value, kind), kind)


@lru_cache(maxsize=64)
def _compiled_entry(network, tap, entry):
    """From activations to the preactivation, and gradients `(B, …)` back; nothing behind the preactivation is computed."""

    def enter(parameters, activations, observations, state):
        recorded = _EnterTap(tap, activations)
        if state is None and network.recurrent:
            state = network.initial_state(observations.shape[0])
        network.forward(parameters, observations, state, recorded)
        return recorded.values[entry]

    @jax.jit
    def leave(parameters, total, activations, observations, state):
        _, pullback = jax.vjp(lambda a: enter(parameters, a, observations, state), activations)
        return jnp.stack([pullback(row)[0] for row in total])

    return jax.jit(enter), leave
