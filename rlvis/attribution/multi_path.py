"""Multi-path attribution: integrated gradients averaged over paths that raise the features at different times."""

from collections.abc import Callable, Sequence
from itertools import combinations

import jax.numpy as jnp
import numpy as np

from rlvis.attribution.gradients import compiled_gradients, mix, target_basis
from rlvis.attribution.integrated_gradients import Attribution
from rlvis.attribution.targets import Target
from rlvis.errors import OptionError
from rlvis.networks import Network


def choose_paths(features: int, max_paths: int | None = None, seed: int = 0) -> list[tuple[tuple[int, ...], bool]]:
    """The paths to average over: which half of the features is raised late, or early.

    Args:
        features: K.
        max_paths: a random selection of at most that many; `None` for all.
        seed: of that selection.

    Returns:
        `(chosen features, late)` for each path. Chosen are ⌊K/2⌋ features; for even K only sets that contain
        feature 0, as the other assignment covers the rest.
    """
    if features < 2:
        raise OptionError(f"multi-path attribution needs at least 2 features, got {features}")
    if max_paths is not None and max_paths < 1:
        raise OptionError(f"multi-path attribution needs at least 1 path, got {max_paths}")
    sets = [chosen for chosen in combinations(range(features), features // 2) if features % 2 or 0 in chosen]
    if max_paths is not None and 2 * len(sets) > max_paths:
        order = np.random.default_rng(seed).permutation(len(sets))[: -(-max_paths // 2)]
        sets = [sets[index] for index in np.sort(order)]
    paths = [(chosen, late) for chosen in sets for late in (True, False)]
    return paths if max_paths is None else paths[:max_paths]


def multi_path_gradients(
    network: Network,
    parameters,
    activations,
    tap: str,
    targets: Sequence[Target],
    observations,
    transform: Callable,
    inverse_transform: Callable,
    paths,
    steps: int = 10,
    state=None,
) -> Attribution:
    """Attribute outputs to the activations at a tap along several curved paths.

    With `r = T(a)`, `e = a − T⁻¹(r)` and `α = k/n`, chosen coordinates follow `α²` and the others `1 − (1 − α)²` (or
    the other way round), the point is `p_k = T⁻¹(r ⊙ coordinate) + e α`, and
    `attr = mean over paths of Σ_k (p_k − p_{k−1}) ⊙ ∇F(p_k)`, `p_0 = 0`.

    Args:
        network, parameters, activations, tap, targets, observations, state: as in `integrated_gradients`.
        transform, inverse_transform: T, from `(…, c)` to non-negative `(…, K)`, and T⁻¹ back.
        paths: from `choose_paths`.
        steps: n.

    Returns:
        An `Attribution`.

    Source: the published code of Hilton et al. 2020 (`attr_max_paths`).
    """
    basis, mixture = target_basis(tuple(targets), network.num_actions)
    add_gradients, scores_of = compiled_gradients(network, tap, basis)
    reduced = np.asarray(transform(activations))
    residual = np.asarray(activations) - np.asarray(inverse_transform(reduced))
    one, total = jnp.float32(1), 0.0
    for chosen, late in paths:
        previous = np.zeros_like(residual)
        for k in range(1, steps + 1):
            coordinate = _coordinates(reduced.shape[-1], chosen, late, k / steps)
            point = np.asarray(inverse_transform(reduced * coordinate)) + residual * np.float32(k / steps)
            zeros = jnp.zeros((len(basis), *point.shape), jnp.float32)
            gradient = add_gradients(zeros, parameters, point, observations, state, one, one)
            total = total + (point - previous)[None] * np.asarray(gradient)
            previous = point
    maps = total / np.float32(len(paths))
    scores = scores_of(parameters, activations, observations, state)
    baselines = scores_of(parameters, jnp.zeros_like(activations), observations, state)
    return Attribution(mix(mixture, maps), mix(mixture, np.asarray(scores)), mix(mixture, np.asarray(baselines)))


def _coordinates(features, chosen, late, alpha):
    slow, fast = alpha**2, 1 - (1 - alpha) ** 2
    coordinates = np.full(features, fast if late else slow, np.float32)
    coordinates[list(chosen)] = slow if late else fast
    return coordinates
