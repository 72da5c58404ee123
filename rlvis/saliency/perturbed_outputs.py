"""What a network says of pictures that are perturbed by masks, all masks of a frame in a few batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from rlvis.networks import Network, list_taps
from rlvis.networks.taps import ReplaceTap
from rlvis.parallel.batches import jit_for_one_core
from rlvis.saliency.local_recomputation import MaskGroup, perturbed_features, spatial_layers, unperturbed_layers

# Bytes of activations that one batch of perturbed pictures may hold. What stays in the cache of one core is a fifth faster than
# what does not; dense layers want large batches, and need little memory.
CPU_BUDGET, ACCELERATOR_BUDGET = 1 << 20, 4 << 30


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
    state = initial_state(network, observations, state)
    shares = [group.masks[0].size / np.prod(network.observation_shape[:2]) for group in groups]
    sizes = tuple(batch_size(network, parameters, len(group.masks), budget, share) for group, share in zip(groups, shares, strict=True))
    batches, places = _batches(tuple(groups), sizes)
    run = _compile(network, tuple(group.kind for group in groups))
    frames = []
    for frame in range(len(observations)):
        before = jax.tree.map(lambda part: part[frame], state)
        frames.append(run(parameters, observations[frame], fill[frame], batches, before, faded(before, memory_decay)))
    plain, perturbed = ([np.stack(part) for part in zip(*outputs, strict=True)] for outputs in zip(*frames, strict=True))
    return PerturbedOutputs(*plain, *(part[:, places] for part in perturbed))


# The masks stay on the device from one frame to the next.
@lru_cache(maxsize=4)
def _batches(groups, sizes):
    """Each group's masks, rows and columns in batches `(batches, size, …)`, and where the masks are among all of them, in their order.

    The last batch is filled up with the group's last mask.
    """
    batches, places, start = [], np.empty(sum(len(group.masks) for group in groups), int), 0
    for group, size in zip(groups, sizes, strict=True):
        count = -(-len(group.masks) // size)
        chosen = np.minimum(np.arange(count * size), len(group.masks) - 1).reshape(count, size)
        batches.append(tuple(jnp.asarray(part[chosen]) for part in (group.masks, group.rows, group.columns)))
        places[group.indices] = start + np.arange(len(group.masks))
        start += count * size
    return batches, places


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
def _compile(network, kinds):
    """A jitted function of one frame: (logits, value) of the picture as it is, and of all its perturbed ones.

    One program a frame, with a loop over batches: hundreds of masks would otherwise be dozens of calls.
    """
    behind = _behind_features if spatial_layers(network) else _of_pictures

    def of_frame(parameters, observation, fill, batches, state, perturbed_state):
        plain = network(parameters, observation[None], jax.tree.map(lambda part: part[None], state))
        perturbed = behind(network, kinds, parameters, observation, fill, batches, perturbed_state)
        return (plain.logits[0], plain.value[0]), perturbed

    return jit_for_one_core(of_frame)


def _behind_features(network, kinds, parameters, observation, fill, batches, state):
    """The last layers want large batches: they see the features of all masks together."""
    known = unperturbed_layers(network, parameters, observation)
    features = [_loop(lambda batch, kind=kind: perturbed_features(network, kind, parameters, observation, fill, known, *batch), each) for kind, each in zip(kinds, batches, strict=True)]
    # Nothing before the tap is computed, so the picture does not matter.
    name, picture = spatial_layers(network)[-1].name, observation[None]

    def of_one(features, state):
        outputs = network.forward(parameters, picture, state, ReplaceTap({name: features[None]}))
        return outputs.logits[0], outputs.value[0]

    # What depends on nothing but the memory is computed once for all masks.
    return jax.vmap(of_one, (0, None))(jnp.concatenate(features), jax.tree.map(lambda part: part[None], state))


def _of_pictures(network, kinds, parameters, observation, fill, batches, state):
    """For networks that are no stack: nothing is known of their layers."""

    def of_batch(batch):
        masks, _, _ = batch
        states = jax.tree.map(lambda part: jnp.broadcast_to(part, (len(masks), *part.shape)), state)
        outputs = network(parameters, observation + masks[..., None] * (fill - observation), states)
        return outputs.logits, outputs.value

    parts = [_loop(of_batch, each) for each in batches]
    return jax.tree.map(lambda *part: jnp.concatenate(part), *parts)


def _loop(function, batches):
    """`function` of each batch, the results put together: `(batches · size, …)`."""
    return jax.tree.map(lambda part: part.reshape(-1, *part.shape[2:]), lax.map(function, batches))
