"""The agent at play: observations in, sampled actions out, memory carried along."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.errors import NetworkError
from rlvis.networks import Network
from rlvis.networks.activation_sizes import tap_sizes
from rlvis.networks.observations import normalize_observations
from rlvis.parallel.programs import Program
from rlvis.rollouts.action_noise import fold_in, gumbel_noise

STEPS_AT_ONCE = 64
# Bytes of one layer's activations that stay in a core's cache, beside those of the next.
CACHED = 1 << 19


@dataclass(frozen=True)
class Decision:
    """What the agent did with N observations: `actions` `(N,)`, `logits` `(N, A)`, `values` `(N,)`, and the memory it
    was fed with (`state_fed`) and left with (`state`), and its attention `(N, h, w)`, where the network has such."""

    actions: np.ndarray
    logits: np.ndarray
    values: np.ndarray
    state_fed: Any
    state: Any
    attention: np.ndarray | None = None


class Policy:
    """Plays a network on `batch_size` environments.

    Randomness comes from one key per environment (`policy_keys`), folded with the step's number, so that what one
    environment does never depends on how many others are played beside it.

    Args:
        network, parameters: what plays.
        keys: one per environment.
        greedy: take the most probable action instead of sampling.
        epsilon: how often to take any action instead.
        one_core: several of these play side by side, each on a core of its own.
    """

    def __init__(self, network: Network, parameters, keys: np.ndarray, *, greedy: bool = False, epsilon: float = 0.0, one_core: bool = False):
        self.network = network
        # Sent with every step, they would take an accelerator longer than the step itself.
        self.parameters = jax.device_put(parameters)
        self.keys = keys
        self._sampled = not greedy and network.kind != "q"
        self._noise, self._noisy_steps = None, range(0)
        self._decide, self._compiled = _program(network, epsilon, one_core), False
        self.state = network.initial_state(len(keys)) if network.recurrent else None

    def act(self, observations: np.ndarray, firsts: np.ndarray, step: int) -> Decision:
        """Choose an action for each observation `(N, H, W, C)`; memory is reset where `firsts` `(N,)` says so.

        Raises:
            NetworkError: if the observations are not those the network takes.
        """
        if observations.shape[1:] != tuple(self.network.observation_shape):
            shown, taken = ("×".join(map(str, shape)) for shape in (observations.shape[1:], self.network.observation_shape))
            raise NetworkError(
                f"the environment shows observations of {shown}, the network takes {taken}; name the environment it was trained in with --env, "
                "or the preprocessing with --env-option, or plug the environment in from Python (examples/own_agent.py)"
            )
        noise = self._noise_of(step) if self._sampled else None
        arguments = self.parameters, observations, firsts, self.state, noise, self.keys, np.uint32(step)
        if not self._compiled:
            self._decide.compile(*arguments)
            self._compiled = True
        actions, outputs, fed = self._decide.jitted(*arguments)
        self.state = outputs.state
        # Asked for together, they come from an accelerator in one go.
        actions, logits, values, attention = jax.device_get((actions, outputs.logits, outputs.value, outputs.attention))
        return Decision(actions, logits, values, fed, outputs.state, attention)

    def _noise_of(self, step):
        """What is added to the logits in a step; that of several is computed at once, as that takes hardly longer."""
        if step not in self._noisy_steps:
            self._noisy_steps = range(step, step + STEPS_AT_ONCE)
            self._noise = gumbel_noise(fold_in(self.keys, np.array(self._noisy_steps)[:, None]), self.network.num_actions)
        return self._noise[step - self._noisy_steps.start]


def _think_in_cache(network, parameters, observations, state):
    """The network's outputs, a few observations at a time if the activations of all would not stay in a core's cache: a fifth faster."""
    count = len(observations)
    few = math.gcd(count, cached_observations(4 * max(tap_sizes(network, parameters).values(), default=1)))
    if few == count:
        return network(parameters, observations, state)
    parts = jax.tree.map(lambda part: part.reshape(count // few, few, *part.shape[1:]), (observations, state))
    outputs = jax.lax.map(lambda part: network(parameters, *part), parts)
    return jax.tree.map(lambda part: part.reshape(count, *part.shape[2:]), outputs)


def cached_observations(each: int) -> int:
    """How many observations, a power of two, fit a core's cache if one's largest activations take that many bytes."""
    return 2 ** max(0, int(math.log2(CACHED / each)))


@lru_cache(maxsize=16)
def _program(network, epsilon, one_core):
    think = _think_in_cache if one_core and jax.default_backend() == "cpu" else Network.__call__

    def decide(parameters, observations, firsts, state, noise, keys, step):
        if state is not None:
            initial = network.initial_state(observations.shape[0])
            state = jax.tree.map(lambda old, new: jnp.where(firsts.reshape(-1, *[1] * (old.ndim - 1)), new, old), state, initial)
        outputs = think(network, parameters, normalize_observations(observations), state)
        # The largest of logits with Gumbel noise is a sample of their softmax.
        actions = (outputs.logits if noise is None else outputs.logits + noise).argmax(axis=-1)
        if epsilon > 0:
            step_keys = jax.vmap(jax.random.fold_in, (0, None))(jax.random.wrap_key_data(keys), step)
            explore = jax.vmap(lambda key: jax.random.uniform(jax.random.fold_in(key, 1)))(step_keys) < epsilon
            anything = jax.vmap(lambda key: jax.random.randint(jax.random.fold_in(key, 2), (), 0, network.num_actions))(step_keys)
            actions = jnp.where(explore, anything, actions)
        return actions.astype(jnp.int32), outputs, state

    return Program(decide, one_core)
