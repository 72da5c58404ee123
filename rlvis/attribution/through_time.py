"""Integrated gradients through time: what a layer's activations in the last frames contributed to an output now."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.attribution.gradients import mix, output_rows, target_basis
from rlvis.attribution.integrated_gradients import Attribution
from rlvis.attribution.quadrature import QuadratureRule, quadrature_rule
from rlvis.attribution.targets import Target
from rlvis.networks import Network
from rlvis.networks.taps import ReplaceTap


@dataclass(frozen=True)
class FrameWindow:
    """For each of N frames, the K frames that end with it.

    Attributes:
        frames: their numbers in the trajectory, `(N, K)`, oldest first; before the trajectory's start, its first one.
        fed: `(N, K)` bool, where the memory that was recorded is fed rather than the one carried along: in the oldest
            frame, in the trajectory's first one, and where an episode starts (there it is empty).
    """

    frames: np.ndarray
    fed: np.ndarray


@dataclass(frozen=True)
class TimeAttribution(Attribution):
    """Attribution of N frames' outputs to the activations in the last K frames.

    Attributes:
        maps: summed over the K frames.
        lags: summed over positions and channels instead, `(targets, N, K)`: this frame first, then those before it.
    """

    lags: np.ndarray = None


def frame_window(frames: np.ndarray, length: int, firsts: np.ndarray) -> FrameWindow:
    """The windows of `length` frames that end with the given `frames` `(N,)`; `firsts` `(T,)` says where episodes start."""
    numbers = np.asarray(frames)[:, None] + np.arange(1 - length, 1)
    inside = np.maximum(numbers, 0)
    fed = (numbers <= 0) | np.asarray(firsts, bool)[inside]
    fed[:, 0] = True
    return FrameWindow(inside, fed)


def integrated_gradients_through_time(
    network: Network,
    parameters,
    activations,
    tap: str,
    targets: Sequence[Target],
    observations,
    state,
    fed,
    rule: QuadratureRule | None = None,
) -> TimeAttribution:
    """Attribute outputs now to the activations at a tap in K consecutive frames, along the straight path from zero of all.

    With a_j the activations j frames ago and F unrolled over the K frames from the memory fed with the oldest one, which
    is held fixed,

        `attr_j = a_j ⊙ Σ_k w_k ∂F/∂a_j(α_k a_0, …, α_k a_{K−1})`,   `Σ_j Σ attr_j → F(a) − F(0)`.

    With K = 1 these are the ordinary integrated gradients. What came before an episode's start contributes nothing.

    Args:
        network, parameters: the network.
        activations: at the tap, `(N, K, h, w, c)`, oldest frame first.
        tap: the tap's name.
        targets: the outputs F to attribute.
        observations: `(N, K, H, W, C)` normalised; they matter only where a path around the tap exists.
        state: the memory fed with each of these frames, a pytree of `(N, K, …)`.
        fed: `(N, K)` bool, as in `FrameWindow`.
        rule: the quadrature; ten points graded towards zero if `None`.

    Source: Sundararajan et al. 2017, the network unrolled as for backpropagation through time.
    """
    rule = rule or quadrature_rule()
    basis, mixture = target_basis(tuple(targets), network.num_actions)
    gradients, scores_of = _compiled(network, tap, basis.tobytes(), basis.shape)
    total = jnp.zeros((len(basis), *activations.shape), jnp.float32)
    for alpha, weight in zip(rule.points, rule.weights, strict=True):
        total = gradients(total, parameters, activations, observations, state, fed, jnp.float32(alpha), jnp.float32(weight))
    scores = scores_of(parameters, activations, observations, state, fed)
    baselines = scores_of(parameters, jnp.zeros_like(activations), observations, state, fed)
    maps, lags = _totals(total, activations)
    return TimeAttribution(*(mix(mixture, np.asarray(each)) for each in (maps, scores, baselines)), lags=mix(mixture, np.asarray(lags)))


@jax.jit
def _totals(total, activations):
    attribution = total * activations[None]
    return attribution.sum(axis=2), attribution.sum(axis=(3, 4, 5))[:, :, ::-1]


@lru_cache(maxsize=64)
def _compiled(network, tap, basis_bytes, basis_shape):
    basis = np.frombuffer(basis_bytes, np.float32).reshape(basis_shape)

    def forward(parameters, carried: Any, frame):
        activations, observations, recorded, fed = frame
        state = jax.tree.map(lambda part, old: jnp.where(fed.reshape(-1, *[1] * (part.ndim - 1)), part, old), recorded, carried)
        return network.forward(parameters, observations, state, ReplaceTap({tap: activations}))

    def scores(parameters, activations, observations, state, fed):
        frames = jax.tree.map(lambda part: jnp.swapaxes(part, 0, 1), (activations, observations, state, fed))
        # One program for every frame but the last, however many there are.
        carried, _ = jax.lax.scan(lambda carried, frame: (forward(parameters, carried, frame).state, None), jax.tree.map(lambda part: part[0], frames[2]), jax.tree.map(lambda part: part[:-1], frames))
        return output_rows(basis, forward(parameters, carried, jax.tree.map(lambda part: part[-1], frames)))

    @partial(jax.jit, donate_argnums=0)
    def add_gradients(total, parameters, activations, observations, state, fed, alpha, weight):
        values, pullback = jax.vjp(lambda a: scores(parameters, a, observations, state, fed), activations * alpha)
        return total + weight * jnp.stack([pullback(jnp.zeros_like(values).at[row].set(1.0))[0] for row in range(len(values))])

    return add_gradients, jax.jit(scores)
