"""What a network says of pictures that are perturbed by masks, all masks of a frame in a few batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.networks import Network, list_taps
from rlvis.networks.taps import ReplaceTap
from rlvis.saliency.local_recomputation import MaskGroup, compile_perturbed, compile_unperturbed, spatial_layers

# Bytes of activations that one batch of perturbed pictures may hold. Small batches stay in a CPU's cache, which makes
# them twice as fast as large ones; dense layers want large ones, and need little memory.
CPU_BUDGET, ACCELERATOR_BUDGET = 4 << 20, 4 << 30


@dataclass(frozen=True)
class PerturbedOutputs:
    """Outputs for N frames, each perturbed by K masks.

    Attributes:
        logits: `(N, A)`, unperturbed.
        value: `(N,)`, unperturbed.
        perturbed_logits: `(N, K, A)`.
        perturbed_value: `(N, K)`.
    """

    logits: np.ndarray
    value: np.ndarray
    perturbed_logits: np.ndarray
    perturbed_value: np.ndarray


def perturbed_outputs(network: Network, parameters, observations, fill, groups: Sequence[MaskGroup], state=None, memory_decay: float = 0.0, budget: int | None = None) -> PerturbedOutputs:
    """Run a network on every frame with every mask: `x + M ⊙ (fill − x)`.

    The memory fed with a frame is that of the unperturbed past, but its cells fade: `c ← (1 − memory_decay) · c` (h where
    a cell has nothing but h).

    Args:
        network, parameters: the network.
        observations: x, `(N, H, W, C)` normalised.
        fill: what replaces it, `(N, H, W, C)`.
        groups: K masks M, 1 where the picture is replaced, from `group_masks`.
        state: the memory fed with the observations.
        memory_decay: between 0 and 1.
        budget: bytes of activations in one batch; by the kind of device if `None`.

    Returns:
        `PerturbedOutputs`, masks in their order before they were grouped.
    """
    # NumPy arrays would be copied for every batch.
    parameters = jax.tree.map(jnp.asarray, parameters)
    state = initial_state(network, observations, state)
    logits, value = jax.tree.map(np.asarray, _compile_plain(network)(parameters, observations, state))
    order = np.argsort(np.concatenate([group.indices for group in groups]))
    shares = [group.masks[0].size / np.prod(network.observation_shape[:2]) for group in groups]
    batches = [(group, list(_batches(group, batch_size(network, parameters, len(group.masks), budget, share)))) for group, share in zip(groups, shares, strict=True)]
    frames = []
    for frame in range(len(observations)):
        frame_state = faded(jax.tree.map(lambda part: jnp.asarray(part[frame]), state), memory_decay)
        frames.append(_run_frame(network, parameters, jnp.asarray(observations[frame]), jnp.asarray(fill[frame]), batches, frame_state))
    perturbed = [np.stack([np.concatenate([np.asarray(batch[part]) for batch in frame])[order] for frame in frames]) for part in (0, 1)]
    return PerturbedOutputs(logits, value, *perturbed)


def _run_frame(network, parameters, observation, fill, batches, state):
    """Outputs for one picture, batch by batch; none is waited for."""
    if not spatial_layers(network):
        run = _compile_whole(network)
        return [_first(run(parameters, observation, fill, masks, state), count) for _, group_batches in batches for masks, _, _, count in group_batches]
    known = compile_unperturbed(network)(parameters, observation) if any(group.depth for group, _ in batches) else ()
    features = []
    for group, group_batches in batches:
        run = compile_perturbed(network, group.depth, group.multiple)
        features += [_first(run(parameters, observation, fill, known, *places), count) for *places, count in group_batches]
    return [_compile_rest(network)(parameters, tuple(features), state)]


def _first(arrays, count):
    return jax.tree.map(lambda array: array if len(array) == count else array[:count], arrays)


def _batches(group, size):
    """A group's masks, rows and columns in batches of one size, and how many rows of each count; the last is filled up with its last row."""
    for start in range(0, len(group.masks), size):
        count = min(size, len(group.masks) - start)
        chosen = np.minimum(np.arange(start, start + size), len(group.masks) - 1)
        yield jnp.asarray(group.masks[chosen]), jnp.asarray(group.rows[chosen]), jnp.asarray(group.columns[chosen]), count


def initial_state(network: Network, observations, state) -> Any:
    """The memory fed with observations: the given one, else that at the start of an episode, `None` if feed-forward."""
    return network.initial_state(len(observations)) if state is None and network.recurrent else state


def faded(state, decay: float):
    """A memory whose cells have faded: "c" times `1 − decay`, "h" where a cell has no "c"."""
    if decay == 0 or state is None:
        return state
    if isinstance(state, dict):
        fading = "c" if "c" in state else "h"
        return {name: part * (1 - decay) if name == fading else faded(part, decay) if isinstance(part, dict) else part for name, part in state.items()}
    return jax.tree.map(lambda part: part * (1 - decay), state)


def batch_size(network: Network, parameters, masks: int, budget: int | None = None, share: float = 1.0) -> int:
    """How many perturbed pictures, of which that share is computed, fit the budget, so that batches are of one size and waste little."""
    if budget is None:
        budget = CPU_BUDGET if jax.default_backend() == "cpu" else ACCELERATOR_BUDGET
    batches = -(-masks // max(1, int(budget / (share * activation_bytes(network, parameters)))))
    return -(-masks // batches)


@lru_cache(maxsize=64)
def _activation_bytes(network, shapes):
    taps = list_taps(network, jax.tree.unflatten(shapes[0], [jax.ShapeDtypeStruct(*leaf) for leaf in shapes[1]]))
    return 4 * (int(np.prod(network.observation_shape)) + max((int(np.prod(tap.shape)) for tap in taps), default=0))


def activation_bytes(network: Network, parameters) -> int:
    """Bytes of one picture and its largest activations."""
    leaves, structure = jax.tree.flatten(parameters)
    return _activation_bytes(network, (structure, tuple((leaf.shape, np.dtype(leaf.dtype)) for leaf in leaves)))


@lru_cache(maxsize=64)
def _compile_plain(network):
    def plain(parameters, observations, state):
        outputs = network(parameters, observations, state)
        return outputs.logits, outputs.value

    return jax.jit(plain)


@lru_cache(maxsize=64)
def _compile_whole(network):
    def perturbed(parameters, observation, fill, masks, state):
        pictures = observation + masks[..., None] * (fill - observation)
        state = jax.tree.map(lambda part: jnp.broadcast_to(part, (len(masks), *part.shape)), state)
        outputs = network(parameters, pictures, state)
        return outputs.logits, outputs.value

    return jax.jit(perturbed)


@lru_cache(maxsize=64)
def _compile_rest(network):
    name = spatial_layers(network)[-1].name

    # Nothing before the tap is computed, so the picture does not matter.
    picture = jnp.zeros((1, *network.observation_shape))

    def of_one(parameters, features, state):
        outputs = network.forward(parameters, picture, state, ReplaceTap({name: features[None]}))
        return outputs.logits[0], outputs.value[0]

    def rest(parameters, features, state):
        # What depends on nothing but the memory is computed once for all masks.
        state = jax.tree.map(lambda part: part[None], state)
        return jax.vmap(of_one, (None, 0, None))(parameters, jnp.concatenate(features), state)

    return jax.jit(rest)
