"""What a network says of pictures that are perturbed by masks, all masks of a frame in a few batches."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.errors import OptionError
from rlvis.networks import Network

# Bytes of activations that one batch of perturbed pictures may hold. Small batches stay in a CPU's cache.
CPU_BUDGET, ACCELERATOR_BUDGET = 48 << 20, 4 << 30


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


def perturbed_outputs(network: Network, parameters, observations, fill, masks, state=None, memory_decay: float = 0.0, budget: int | None = None) -> PerturbedOutputs:
    """Run a network on every frame with every mask: `x + M ⊙ (fill − x)`.

    The memory fed with a frame is that of the unperturbed past, but its cells fade: `c ← (1 − memory_decay) · c` (h where
    a cell has nothing but h).

    Args:
        network, parameters: the network.
        observations: x, `(N, H, W, C)` normalised.
        fill: what replaces it, `(N, H, W, C)`.
        masks: M, `(K, H, W)`, 1 where the picture is replaced.
        state: the memory fed with the observations.
        memory_decay: between 0 and 1.
        budget: bytes of activations in one batch; by the kind of device if `None`.

    Returns:
        `PerturbedOutputs`.

    Raises:
        OptionError: if the masks have another size than the observations.
    """
    if masks.ndim != 3 or masks.shape[1:] != observations.shape[1:3]:
        raise OptionError(f"masks must be (K, {observations.shape[1]}, {observations.shape[2]}) like the observations; got {masks.shape}")
    plain, perturbed = _compile(network, memory_decay)
    state = initial_state(network, observations, state)
    logits, value = jax.tree.map(np.asarray, plain(parameters, observations, state))
    size = batch_size(network, parameters, len(masks), budget)
    parts = []
    for frame in range(len(observations)):
        frame_state = jax.tree.map(lambda part: part[frame], state)
        parts.append([perturbed(parameters, observations[frame], fill[frame], chunk, frame_state) for chunk in _chunks(masks, size)])
    shapes = (len(observations), -1, network.num_actions), (len(observations), -1)
    together = [np.concatenate([np.asarray(chunk[part]) for frame in parts for chunk in frame]).reshape(shape)[:, : len(masks)] for part, shape in enumerate(shapes)]
    return PerturbedOutputs(logits, value, *together)


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


def batch_size(network: Network, parameters, masks: int, budget: int | None = None) -> int:
    """How many perturbed pictures fit the budget, so that batches are of one size and waste little."""
    if budget is None:
        budget = CPU_BUDGET if jax.default_backend() == "cpu" else ACCELERATOR_BUDGET
    batches = -(-masks // max(1, budget // activation_bytes(network, parameters)))
    return -(-masks // batches)


@lru_cache(maxsize=64)
def _activation_bytes(network, shapes):
    from rlvis.networks.taps import list_taps

    taps = list_taps(network, jax.tree.unflatten(shapes[0], [jax.ShapeDtypeStruct(*leaf) for leaf in shapes[1]]))
    return 4 * (int(np.prod(network.observation_shape)) + max((int(np.prod(tap.shape)) for tap in taps), default=0))


def activation_bytes(network: Network, parameters) -> int:
    """Bytes of one picture and its largest activations."""
    leaves, structure = jax.tree.flatten(parameters)
    return _activation_bytes(network, (structure, tuple((leaf.shape, np.dtype(leaf.dtype)) for leaf in leaves)))


def _chunks(masks, size):
    for start in range(0, len(masks), size):
        chunk = masks[start : start + size]
        yield chunk if len(chunk) == size else np.concatenate([chunk, np.repeat(chunk[-1:], size - len(chunk), axis=0)])


@lru_cache(maxsize=64)
def _compile(network, memory_decay):
    def plain(parameters, observations, state):
        outputs = network(parameters, observations, state)
        return outputs.logits, outputs.value

    def perturbed(parameters, observation, fill, masks, state):
        pictures = observation + masks[..., None] * (fill - observation)
        state = jax.tree.map(lambda part: jnp.broadcast_to(part, (len(masks), *part.shape)), faded(state, memory_decay))
        return plain(parameters, pictures, state)

    return jax.jit(plain), jax.jit(perturbed)
