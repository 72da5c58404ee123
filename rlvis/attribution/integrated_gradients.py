"""Integrated gradients from a hidden layer: which activations made the output what it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlvis.attribution.gradients import mix, target_basis
from rlvis.attribution.quadrature import QuadratureRule, quadrature_rule
from rlvis.attribution.straight_path import straight_path
from rlvis.attribution.targets import Target
from rlvis.networks import Network


@dataclass(frozen=True)
class Attribution:
    """Attribution of N frames' outputs to the activations at one tap.

    Attributes:
        maps: `(targets, N, h, w, c)` float32; summed over (h, w, c) they come to `scores − baselines`, up to the
            quadrature's error.
        scores: F(a), the targets' values on the frames, `(targets, N)`.
        baselines: F(0), their values with the tap's activations (and the memory, where that is attributed to) set to
            zero, `(targets, N)`.
        memory: what the memory contributed, `(targets, N)`; `None` where it was held fixed.
    """

    maps: np.ndarray
    scores: np.ndarray
    baselines: np.ndarray
    memory: np.ndarray | None = None

    @property
    def completeness_error(self) -> np.ndarray:
        """`|Σ attr − (F(a) − F(0))| / |F(a) − F(0)|`, `(targets, N)`, the memory's part in the sum; 0 where both are 0."""
        difference = self.scores - self.baselines
        parts = self.maps.sum(axis=(2, 3, 4), dtype=np.float64) + (0 if self.memory is None else self.memory)
        miss = np.abs(parts - difference)
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
    basis, mixture = target_basis(tuple(targets), network.num_actions)
    found = straight_path(network, parameters, activations, tap, basis, observations, state, rule)
    return Attribution(*(mix(mixture, np.asarray(each)) for each in found))


def attribution_maps(network: Network, parameters, activations, tap: str, targets: Sequence[Target], observations, state=None, rule: QuadratureRule | None = None) -> np.ndarray:
    """The maps of `integrated_gradients` alone; F(a) and F(0) are not computed."""
    basis, mixture = target_basis(tuple(targets), network.num_actions)
    maps, _, _ = straight_path(network, parameters, activations, tap, basis, observations, state, rule or quadrature_rule(), scored=False)
    return mix(mixture, np.asarray(maps))
