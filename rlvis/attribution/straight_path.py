"""Gradients along the straight path from zero to the activations at a tap, summed with a quadrature's weights.

Where the tap is read by one convolution or dense layer alone, with preactivation `y(a) = J a + y(0)`, that layer is the
same at every point: `y(α a) = y(0) + α (y(a) − y(0))` and `∇_a F = Jᵀ ∇_y F`. So it is run once forward and once
backward, and the steps are taken behind it; the sum is the same but for rounding.
"""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.attribution.gradients import output_scores
from rlvis.attribution.quadrature import QuadratureRule, quadrature_rule
from rlvis.networks import Network
from rlvis.networks.bottlenecks import affine_entry, is_bottleneck
from rlvis.networks.network import network_inputs
from rlvis.networks.taps import RecordTap, ReplaceTap, TapDescription
from rlvis.parallel.programs import Program

# Rules with fewer points are filled up to that many, so that they share a program.
MOST_POINTS = 16


def straight_path(network: Network, parameters, activations, tap: str, basis: np.ndarray, observations, state, rule: QuadratureRule, scored: bool = True) -> tuple[jax.Array, jax.Array, jax.Array]:
    """`a ⊙ Σ_k w_k ∇F(α_k a)`, F(a) and F(0).

    Args:
        network, parameters: the network.
        activations: a, at the tap, `(N, h, w, c)`.
        tap: its name.
        basis: the outputs F as rows over (value, logits), `(B, 1 + A)`.
        observations, state: `(N, H, W, C)` normalised, and the memory fed with them.
        rule: the points α and weights w.
        scored: whether F(a) and F(0) are wanted; zeros if not.

    Returns:
        `(B, N, h, w, c)`, `(B, N)`, `(B, N)`.
    """
    return path_program(network, parameters, tap, basis)(parameters, activations, observations, state, *_steps(rule), np.bool_(scored))


def compile_path(network: Network, parameters, tap: TapDescription, basis: np.ndarray, batch_size: int) -> None:
    """Compile what `straight_path` calls, for batches of that many frames and JAX's default device."""
    activations = jax.ShapeDtypeStruct((batch_size, *tap.shape), np.float32)
    path_program(network, parameters, tap.name, basis).compile(parameters, activations, *network_inputs(network, batch_size), *_steps(quadrature_rule()), np.bool_(True))


def _steps(rule):
    """A rule as the program takes it: points, weights, and how many of them count."""
    unused = np.zeros(max(0, MOST_POINTS - len(rule.points)))
    return *(np.append(numbers, unused).astype(np.float32) for numbers in (rule.points, rule.weights)), np.int32(len(rule.points))


def path_program(network: Network, parameters, tap: str, basis: np.ndarray) -> Program:
    """What `straight_path` calls, as `program(parameters, activations, observations, state, points, weights, steps, scored)`."""
    alone = not network.recurrent and is_bottleneck(network, parameters, tap)
    return _compiled_path(network, tap, affine_entry(network, parameters, tap), alone, basis.tobytes(), basis.shape)


@lru_cache(maxsize=64)
def _compiled_path(network, tap, entry, alone, basis_bytes, basis_shape):
    basis = np.frombuffer(basis_bytes, np.float32).reshape(basis_shape)
    scores_behind = output_scores(network, entry or tap, basis)

    def path(parameters, activations, observations, state, points, weights, steps, scored):
        if state is None and network.recurrent:
            state = network.initial_state(observations.shape[0])
        # F(0) is the same for all frames where nothing passes the tap by.
        nothing, beside = (jnp.zeros_like(activations[:1]), (observations[:1], None)) if alone else (jnp.zeros_like(activations), (observations, state))
        start, end, leave = nothing, activations, lambda total: total
        if entry is not None:
            start = _enter(network, tap, entry, parameters, nothing, *beside)
            end, pullback = jax.vjp(lambda a: _enter(network, tap, entry, parameters, a, observations, state), activations)
            leave = lambda total: jnp.stack([pullback(row)[0] for row in total])

        def add_gradients(step, total):
            values, pullback = jax.vjp(lambda y: scores_behind(parameters, y, observations, state), start + points[step] * (end - start))
            # One forward pass serves all outputs; on a CPU a vmapped pullback of convolutions is slower than this loop.
            gradients = [pullback(jnp.zeros_like(values).at[row].set(1.0))[0] for row in range(len(basis))]
            return total + weights[step] * jnp.stack(gradients)

        def scores_at_ends():
            together = jax.tree.map(lambda *parts: jnp.concatenate(parts), (end, observations, state), (start, *beside))
            return scores_behind(parameters, *together)

        total = jax.lax.fori_loop(0, steps, add_gradients, jnp.zeros((len(basis), *end.shape), jnp.float32))
        shapes = jax.eval_shape(scores_at_ends)
        ends = jax.lax.cond(scored, scores_at_ends, lambda: jnp.zeros(shapes.shape, shapes.dtype))
        scores, baselines = jnp.split(ends, [len(activations)], axis=1)
        return leave(total) * activations, scores, jnp.broadcast_to(baselines, scores.shape)

    return Program(path)


class _EnterTap(RecordTap):
    """Records, with a tap's activations replaced."""

    def __init__(self, tap, activations):
        super().__init__()
        self.replace = ReplaceTap({tap: activations})

    def __call__(self, name, value, kind="other"):
        return super().__call__(name, self.replace(name, value, kind), kind)


def _enter(network, tap, entry, parameters, activations, observations, state):
    """From activations to the preactivation that reads them; nothing behind it is computed."""
    recorded = _EnterTap(tap, activations)
    network.forward(parameters, observations, state, recorded)
    return recorded.values[entry]
