"""Integrated gradients from a hidden layer: which activations made the output what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.attribution.quadrature import QuadratureRule, quadrature_rule
from rlvis.attribution.targets import Target
from rlvis.networks import Network
from rlvis.networks.taps import ReplaceTap


@dataclass(frozen=True)
class Attribution:
    """Attribution of N frames' outputs to the activations at one tap.

    Attributes:
        maps: `(targets, N, h, w, c)` float32; summed over (h, w, c) they come to `scores − baselines`, up to the
            quadrature's error.
        scores: F(a), the targets' values on the frames, `(targets, N)`.
        baselines: F(0), their values with the tap's activations set to zero, `(targets, N)`.
    """

    maps: np.ndarray
    scores: np.ndarray
    baselines: np.ndarray

    @property
    def completeness_error(self) -> np.ndarray:
        """`|Σ attr − (F(a) − F(0))| / |F(a) − F(0)|`, `(targets, N)`; 0 where both are 0."""
        difference = self.scores - self.baselines
        miss = np.abs(self.maps.sum(axis=(2, 3, 4), dtype=np.float64) - difference)
        return np.divide(miss, np.abs(difference), out=np.where(miss > 0, np.inf, 0.0), where=difference != 0).astype(np.float32)


def integrated_gradients(
    network: Network,
    parameters,
    activations,
    tap: str,
    targets: Sequence[Target],
    observations,
    state=None,
    rule: QuadratureRule | None = None,
) -> Attribution:
    """Attribute outputs to the activations at a tap along the straight path from zero.

    `attr = a ⊙ Σ_k w_k ∇F(α_k a)`, with the rule's points α_k and weights w_k.

    Args:
        network, parameters: the network.
        activations: a, at the tap, `(N, h, w, c)`.
        tap: the tap's name.
        targets: the outputs F to attribute.
        observations: `(N, H, W, C)` normalised; they matter only where a path around the tap exists (a skip connection).
        state: the memory fed with the observations; held fixed.
        rule: the quadrature; ten points graded towards zero if `None`.

    Returns:
        An `Attribution` of NumPy arrays.

    Source: Sundararajan et al. 2017; from hidden layers: Hilton et al. 2020, "Attribution".
    """
    rule = rule or quadrature_rule()
    basis, mixture = _basis(tuple(targets), network.num_actions)
    gradients, scores_of = _compiled(network, tap, basis.tobytes(), basis.shape)
    total = jnp.zeros((len(basis), *activations.shape), jnp.float32)
    for alpha, weight in zip(rule.points, rule.weights, strict=True):
        total = gradients(total, parameters, activations, observations, state, jnp.float32(alpha), jnp.float32(weight))
    scores = scores_of(parameters, activations, observations, state)
    baselines = scores_of(parameters, jnp.zeros_like(activations), observations, state)
    maps = np.asarray(total * activations[None])
    return Attribution(_mix(mixture, maps), _mix(mixture, np.asarray(scores)), _mix(mixture, np.asarray(baselines)))


def _basis(targets, num_actions):
    """Rows to differentiate, and how the targets mix them: a group costs nothing if its actions are targets themselves."""
    rows = np.stack([target.weights(num_actions) for target in targets])
    single = rows[(rows != 0).sum(axis=1) == 1]
    covered = single.any(axis=0)
    needed = [row for row in rows if (row != 0).sum() > 1 and not covered[row != 0].all()]
    basis = np.unique(np.concatenate([single, np.stack(needed)]) if needed else single, axis=0)[::-1]
    mixture = np.stack([_combination(row, basis) for row in rows])
    return np.ascontiguousarray(basis), mixture


def _combination(row, basis):
    exact = (basis == row).all(axis=1)
    return exact.astype(np.float32) if exact.any() else np.array([row @ b if (b != 0).sum() == 1 else 0 for b in basis], np.float32)


def _mix(mixture, values):
    if mixture.shape[0] == mixture.shape[1] and (mixture == np.eye(len(mixture))).all():
        return values
    return np.tensordot(mixture, values, axes=1)


@lru_cache(maxsize=64)
def _compiled(network, tap, basis_bytes, basis_shape):
    basis = np.frombuffer(basis_bytes, np.float32).reshape(basis_shape)

    def scores(parameters, activations, observations, state):
        outputs = network.forward(parameters, observations, state, ReplaceTap({tap: activations}))
        everything = jnp.concatenate([outputs.value[:, None], outputs.logits], axis=1)
        return _rows(basis, everything)

    @partial(jax.jit, donate_argnums=0)
    def add_gradients(total, parameters, activations, observations, state, alpha, weight):
        point = activations * alpha
        values, pullback = jax.vjp(lambda a: scores(parameters, a, observations, state), point)
        # One forward pass for all targets; on a CPU a vmapped pullback of convolutions is slower than this loop.
        gradients = [pullback(jnp.zeros_like(values).at[row].set(1.0))[0] for row in range(len(basis))]
        return total + weight * jnp.stack(gradients)

    return add_gradients, jax.jit(scores)


def _rows(basis, everything):
    """`basis @ everythingᵀ`, written so that an output no row needs is not computed."""
    return jnp.stack([sum(float(w) * everything[:, i] for i, w in enumerate(row) if w) for row in basis])
