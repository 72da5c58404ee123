"""Integrated gradients from a hidden layer and the memory together: how much came from this frame, how much from before."""

from collections.abc import Sequence
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.attribution.gradients import mix, output_scores, target_basis
from rlvis.attribution.integrated_gradients import Attribution
from rlvis.attribution.quadrature import QuadratureRule, quadrature_rule
from rlvis.attribution.targets import Target
from rlvis.networks import Network


def integrated_gradients_with_memory(
    network: Network,
    parameters,
    activations,
    tap: str,
    targets: Sequence[Target],
    observations,
    state,
    rule: QuadratureRule | None = None,
) -> Attribution:
    """Attribute outputs to the activations at a tap and to the memory fed, along the straight path from zero of both.

    With a the activations, s the memory, and the rule's points α_k and weights w_k,

        `attr = a ⊙ Σ_k w_k ∂F/∂a(α_k a, α_k s)`,   `memory = s · Σ_k w_k ∂F/∂s(α_k a, α_k s)`,

    so that `Σ attr + memory → F(a, s) − F(0, 0)`.

    Args:
        network, parameters: the network.
        activations: a, at the tap, `(N, h, w, c)`.
        tap: the tap's name.
        targets: the outputs F to attribute.
        observations: `(N, H, W, C)` normalised; they matter only where a path around the tap exists (a skip connection).
        state: s, a pytree with leading axis N; parts that are not floating point are held fixed.
        rule: the quadrature; ten points graded towards zero if `None`.

    Returns:
        An `Attribution` with `memory`.

    Source: Sundararajan et al. 2017, with the recurrent state as a further input.
    """
    rule = rule or quadrature_rule()
    basis, mixture = target_basis(tuple(targets), network.num_actions)
    gradients, scores_of = _compiled(network, tap, basis.tobytes(), basis.shape)
    leaves, structure = jax.tree.flatten(state)
    total = jnp.zeros((len(basis), *activations.shape), jnp.float32)
    memory = jnp.zeros((len(basis), len(activations)), jnp.float32)
    for alpha, weight in zip(rule.points, rule.weights, strict=True):
        total, memory = gradients(total, memory, parameters, activations, observations, state, jnp.float32(alpha), jnp.float32(weight))
    nothing = structure.unflatten([jnp.zeros_like(leaf) if _scales(leaf) else leaf for leaf in leaves])
    scores = scores_of(parameters, activations, observations, state)
    baselines = scores_of(parameters, jnp.zeros_like(activations), observations, nothing)
    maps = np.asarray(total * activations[None])
    return Attribution(mix(mixture, maps), *(mix(mixture, np.asarray(each)) for each in (scores, baselines, memory)))


@lru_cache(maxsize=64)
def _compiled(network, tap, basis_bytes, basis_shape):
    scores = output_scores(network, tap, np.frombuffer(basis_bytes, np.float32).reshape(basis_shape))

    @partial(jax.jit, donate_argnums=(0, 1))
    def add_gradients(total, memory, parameters, activations, observations, state, alpha, weight):
        leaves, structure = jax.tree.flatten(state)
        scaled = [leaf for leaf in leaves if _scales(leaf)]

        def score(activations, scaled):
            parts = iter(scaled)
            return scores(parameters, activations, observations, structure.unflatten([next(parts) if _scales(leaf) else leaf for leaf in leaves]))

        values, pullback = jax.vjp(score, activations * alpha, [leaf * alpha for leaf in scaled])
        pulled = [pullback(jnp.zeros_like(values).at[row].set(1.0)) for row in range(len(values))]
        of_memory = [sum((part * leaf).reshape(len(leaf), -1).sum(axis=1) for part, leaf in zip(parts, scaled, strict=True)) for _, parts in pulled]
        return total + weight * jnp.stack([part for part, _ in pulled]), memory + weight * jnp.stack(of_memory)

    return add_gradients, jax.jit(scores)


def _scales(leaf):
    return jnp.issubdtype(leaf.dtype, jnp.floating)
