"""What a network says of pictures that are perturbed by masks, all masks of some frames in one program."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from rlvis.memory_budget import MemoryBudget, memory_budget
from rlvis.networks import Network
from rlvis.networks.activation_sizes import activation_bytes, tap_sizes
from rlvis.networks.taps import ReplaceTap
from rlvis.parallel.batches import jit_for_one_core, padded_chunks, worker_count
from rlvis.saliency.dense_entry import changed_products, entry_kernel, parts_of
from rlvis.saliency.local_recomputation import perturbed_features, unperturbed_layers
from rlvis.saliency.mask_groups import MaskGroup, spatial_layers

# Bytes of activations that a batch of perturbed pictures holds on a CPU: what stays in the cache of one core is a fifth faster
# than what does not. Dense layers want large batches, and need little memory.
CACHED = 1 << 20
# Frames in one call of a program. On a CPU a call for each would take a twentieth of the time for starting; an accelerator gains
# nothing from more than these.
FRAMES, MOST_FRAMES = 4, 32


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
        budget: bytes that a frame's activations may take, as from `frame_bytes`; those of the default memory budget if `None`.

    Returns:
        `PerturbedOutputs`, masks in their order before they were grouped.
    """
    state, groups = initial_state(network, observations, state), tuple(groups)
    budget = frame_bytes(memory_budget()) if budget is None else budget
    whole, pixels = activation_bytes(network, parameters), np.prod(network.observation_shape[:2])
    sizes = tuple(batch_size(len(group.masks), whole * group.masks[0].size / pixels, budget) for group in groups)
    batches, places = _batches(groups, sizes)
    behind = len(places) * head_bytes(network, parameters)
    parts = parts_of(groups) if behind <= budget and entry_kernel(network) else ()
    run = _compile(network, tuple(group.plan for group in groups), behind <= budget, tuple(part[1:] for part in parts))
    chosen = tuple(places[part.indices] for part in parts)
    if parts:
        places = np.argsort(np.concatenate([part.indices for part in parts]))
    largest = max(size * whole * group.masks[0].size / pixels for size, group in zip(sizes, groups, strict=True))
    chunks = []
    calls = -(-len(observations) // frames_together(largest, behind, budget))
    for frames, missing in padded_chunks(len(observations), -(-len(observations) // calls)):
        indices = np.append(np.arange(frames.start, frames.stop), np.full(missing, frames.stop - 1))
        before = jax.tree.map(lambda part: part[indices], state)
        chunks.append(run(parameters, observations[indices], fill[indices], batches, chosen, before, faded(before, memory_decay)))
    plain, perturbed = ([np.concatenate(part)[: len(observations)] for part in zip(*outputs, strict=True)] for outputs in zip(*jax.device_get(chunks), strict=True))
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


def frame_bytes(budget: MemoryBudget) -> int:
    """What the activations of one frame's perturbed pictures may take, where every core or device has a frame of its own."""
    return budget.device // worker_count()


def batch_size(masks: int, each: float, budget: int) -> int:
    """How many of so many perturbed pictures, of that many bytes each, fit the budget, so that batches are of one size and waste little."""
    if jax.default_backend() == "cpu":
        budget = min(budget, CACHED)
    batches = -(-masks // max(1, int(budget / each)))
    return -(-masks // batches)


def frames_together(batch_bytes: float, behind_bytes: float, budget: int) -> int:
    """Frames in one call of the program, given the bytes of a batch and of what all of a frame's batches leave behind: on a CPU they come one after another."""
    if jax.default_backend() == "cpu":
        return max(1, min(FRAMES, int(budget / max(1, behind_bytes))))
    return max(1, min(MOST_FRAMES, int(budget / max(batch_bytes, behind_bytes))))


def head_bytes(network: Network, parameters) -> int:
    """Bytes of the last activations that have positions, of their changes and of what the layers behind them make of these; 0 for a network that is no stack."""
    if not spatial_layers(network):
        return 0
    sizes, last = tap_sizes(network, parameters), spatial_layers(network)[-1].name
    names = list(sizes)
    # A recurrent cell has up to four gates for each of its outputs.
    return 4 * (2 * sizes[last] + 4 * sum(sizes[name] for name in names[names.index(last) + 1 :]))


@lru_cache(maxsize=64)
def _compile(network, plans, together, regions):
    """A jitted function of some frames: (logits, value) of the pictures as they are, and of all the perturbed ones of each.

    One program, with loops over batches and, on a CPU, over frames: hundreds of masks would otherwise be dozens of calls. The layers behind the
    last that has positions want large batches: they see the features of all masks `together`, where memory allows; of the first of
    them only what the masks change is computed where `regions` says what that is.
    """

    def of_pictures(parameters, observations, fills, batches, chosen, states, perturbed_states):
        plain = network(parameters, observations, states)
        perturbed = _each_frame(lambda frame: _of_pictures(network, parameters, *frame[:2], batches, frame[2]), (observations, fills, perturbed_states))
        return (plain.logits, plain.value), perturbed

    def of_layers(parameters, observations, fills, batches, chosen, states, perturbed_states):
        head = partial(_head, network, parameters)
        last = spatial_layers(network)[-1].name

        def of_frame(frame):
            observation, fill, state = frame
            known = unperturbed_layers(network, parameters, observation)
            behind = (lambda features: features) if together else partial(head, last, state)
            parts = [_loop(lambda batch, plan=plan: behind(perturbed_features(network, plan, parameters, observation, fill, known, *batch)), each) for plan, each in zip(plans, batches, strict=True)]
            return known[-1][0], jax.tree.map(lambda *part: jnp.concatenate(part), *parts)

        unperturbed, perturbed = _each_frame(of_frame, (observations, fills, perturbed_states))
        if regions:
            name, part = entry_kernel(network)
            products = changed_products(parameters[name][part], unperturbed, perturbed, [(each, *region) for each, region in zip(chosen, regions, strict=True)])
            perturbed = jax.vmap(partial(head, f"{name}.preactivation"))(perturbed_states, products + parameters[name].get("bias", 0))
        elif together:
            perturbed = jax.vmap(partial(head, last))(perturbed_states, perturbed)
        return tuple(part[:, 0] for part in jax.vmap(partial(head, last))(states, unperturbed[:, None])), perturbed

    return jit_for_one_core(of_layers if spatial_layers(network) else of_pictures)


def _head(network, parameters, tap, state, activations):
    """Logits and values of one frame from some masks' activations at a tap."""
    # Nothing before the tap is computed, so the picture does not matter.
    picture = jnp.zeros((1, *network.observation_shape))

    def of_one(activations, state):
        outputs = network.forward(parameters, picture, state, ReplaceTap({tap: activations[None]}))
        return outputs.logits[0], outputs.value[0]

    # What depends on nothing but the memory is computed once for all masks.
    return jax.vmap(of_one, (0, None))(activations, jax.tree.map(lambda part: part[None], state))


def _of_pictures(network, parameters, observation, fill, batches, state):
    """For networks that are no stack: nothing is known of their layers."""

    def of_batch(batch):
        masks, _, _ = batch
        states = jax.tree.map(lambda part: jnp.broadcast_to(part, (len(masks), *part.shape)), state)
        outputs = network(parameters, observation + masks[..., None] * (fill - observation), states)
        return outputs.logits, outputs.value

    parts = [_loop(of_batch, each) for each in batches]
    return jax.tree.map(lambda *part: jnp.concatenate(part), *parts)


def _each_frame(function, frames):
    """`function` of each frame: on a CPU one after another, elsewhere all at once, as small operations leave an accelerator idle."""
    return lax.map(function, frames) if jax.default_backend() == "cpu" else jax.vmap(function)(frames)


def _loop(function, batches):
    """`function` of each batch, the results put together: `(batches · size, …)`."""
    return jax.tree.map(lambda part: part.reshape(-1, *part.shape[2:]), lax.map(function, batches))
