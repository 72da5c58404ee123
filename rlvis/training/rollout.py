"""Playing the current policy: one group of environments and what it records for an iteration."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.evaluation.play import whole_episode_ended
from rlvis.networks import Network
from rlvis.networks.observations import normalize_observations
from rlvis.rollouts.advantages import generalized_advantages


@dataclass
class Rollout:
    """T steps of N environments; `[t, n]` is step t of environment n.

    Attributes:
        observations: `(T, N, H, W, C)`, what the policy saw.
        firsts: `(T, N)` bool, whether it was the first of an episode.
        actions: `(T, N)` int32.
        log_probabilities: `(T, N)` float32, of the actions.
        values: `(T, N)` float32.
        rewards: `(T, N)` float32, processed.
        dones: `(T, N)` bool, whether the episode ended with the step.
        initial_state: the memory fed with step 0, a pytree with leading axis N; `None` for feed-forward networks.
        bootstrap_value: `(N,)` float32, the value of what came after the last step.
    """

    observations: np.ndarray
    firsts: np.ndarray
    actions: np.ndarray
    log_probabilities: np.ndarray
    values: np.ndarray
    rewards: np.ndarray
    dones: np.ndarray
    initial_state: object = None
    bootstrap_value: np.ndarray | None = None

    @classmethod
    def empty(cls, num_steps: int, moment_observations: np.ndarray) -> "Rollout":
        """Room for T steps of environments that show observations like `(N, H, W, C)`."""
        shape = (num_steps, len(moment_observations))
        floats = [np.zeros(shape, np.float32) for _ in range(3)]
        return cls(np.zeros((num_steps, *moment_observations.shape), moment_observations.dtype), np.zeros(shape, bool), np.zeros(shape, np.int32),
                   *floats, np.zeros(shape, bool))

    def advantages(self, gamma: float, lambda_: float) -> np.ndarray:
        """Generalized advantages `(T, N)`, bootstrapped where the rollout was cut off."""
        return generalized_advantages(self.rewards, self.values, self.dones, self.bootstrap_value, gamma, lambda_)


class Collector:
    """Plays a group of environments with the current policy, step by step.

    The step is in two halves, so that several groups can take turns: `choose` starts the network on the device and
    returns at once; `advance` waits for its actions and steps the emulators meanwhile other groups' networks run.

    Args:
        environment: the group, N environments.
        network: the policy.
        num_steps: T, steps per rollout.
        process_rewards: turns rewards and dones `(N,)` into what is learned from.
        seed: of the sampled actions.
        first_index: number of the group's first environment among all.
        epsilon: probability of a uniformly random action.
        device: where the network runs.
    """

    def __init__(self, environment, network: Network, num_steps: int, process_rewards, *, seed: int, first_index: int, epsilon: float = 0.0, device=None):
        self.environment = environment
        self.process_rewards = process_rewards
        self.device = device or jax.local_devices()[0]
        self.moment = environment.observe()
        num_envs = len(self.moment.firsts)
        self.steps_taken = 0
        self.episodes = EpisodeCounter(num_envs, first_index)
        self.rollout = Rollout.empty(num_steps, self.moment.observations)
        self.state = jax.device_put(network.initial_state(num_envs), self.device) if network.recurrent else None
        indices = np.arange(first_index, first_index + num_envs, dtype=np.uint32)
        self._keys = jax.device_put(jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(seed), indices), self.device)
        self._act = make_act(network, epsilon)

    def begin(self, parameters) -> None:
        """Start a rollout with a copy of the parameters on this group's device."""
        self.parameters = jax.device_put(parameters, self.device)
        self.rollout.initial_state = None if self.state is None else jax.tree.map(np.asarray, self.state_fed())
        self._position = 0

    def state_fed(self):
        """The memory that goes with the current observations: zeros where an episode starts."""
        firsts = self.moment.firsts
        return jax.tree.map(lambda x: jnp.where(firsts.reshape(-1, *[1] * (x.ndim - 1)), 0, x), self.state)

    @property
    def chosen_actions(self):
        """The actions being computed, `(N,)` on the device."""
        return self._chosen[0]

    def choose(self) -> None:
        """Start computing the actions for the current observations."""
        self._chosen = self._act(self.parameters, self.moment.observations, self.moment.firsts, self.state, self._keys, np.uint32(self.steps_taken))

    def advance(self) -> None:
        """Take the chosen actions and record the step."""
        actions, log_probabilities, values, self.state = self._chosen
        t, rollout, moment = self._position, self.rollout, self.moment
        rollout.observations[t], rollout.firsts[t] = moment.observations, moment.firsts
        rollout.actions[t], rollout.log_probabilities[t], rollout.values[t] = np.asarray(actions), np.asarray(log_probabilities), np.asarray(values)
        transition = self.environment.step(rollout.actions[t])
        dones = np.asarray(transition.terminated) | np.asarray(transition.truncated)
        rollout.rewards[t], rollout.dones[t] = self.process_rewards(transition.rewards, dones), dones
        self.episodes.add(transition.rewards, whole_episode_ended(transition))
        self.moment = transition.next
        self._position += 1
        self.steps_taken += 1

    def finish(self) -> Rollout:
        """Value what comes after the last step, and hand over the rollout; it is overwritten by the next one."""
        self.choose()
        self.rollout.bootstrap_value = np.asarray(self._chosen[2])
        return self.rollout


class EndedEpisode(NamedTuple):
    """An episode that ended while training.

    Attributes:
        environment: the number among all environments.
        reward: the sum of unprocessed rewards.
        length: in steps.
        time: when it ended, in seconds since 1970.
    """

    environment: int
    reward: float
    length: int
    time: float


class EpisodeCounter:
    """Returns and lengths of the episodes that end, on unprocessed rewards; whole games where lives are episodes.

    Args:
        num_envs: N.
        first_index: number of the first environment among all.
    """

    def __init__(self, num_envs: int, first_index: int = 0):
        self.first_index = first_index
        self.returns = np.zeros(num_envs)
        self.lengths = np.zeros(num_envs, np.int64)
        self.finished: list[EndedEpisode] = []

    def add(self, rewards, ends) -> None:
        """Count one step's rewards `(N,)` and ends of games `(N,)`."""
        self.returns += rewards
        self.lengths += 1
        for n in np.flatnonzero(ends):
            self.finished.append(EndedEpisode(self.first_index + int(n), float(self.returns[n]), int(self.lengths[n]), time.time()))
            self.returns[n] = self.lengths[n] = 0

    def take(self) -> list[EndedEpisode]:
        """Every episode that ended since the last call."""
        finished, self.finished = self.finished, []
        return finished


@lru_cache(maxsize=16)
def make_act(network: Network, epsilon: float = 0.0):
    """A jitted `act(parameters, observations, firsts, state, keys, step) -> (actions, log π, values, state)`.

    Each environment has a key of its own, folded with the step's number: what one does does not depend on how many
    are played beside it.
    """

    @jax.jit
    def act(parameters, observations, firsts, state, keys, step):
        if state is not None:
            state = jax.tree.map(lambda x: jnp.where(firsts.reshape(-1, *[1] * (x.ndim - 1)), 0, x), state)
        outputs = network(parameters, normalize_observations(observations), state)
        step_keys = jax.vmap(jax.random.split)(jax.vmap(jax.random.fold_in, (0, None))(keys, step))
        actions = jax.vmap(jax.random.categorical)(step_keys[:, 0], outputs.logits)
        if epsilon > 0:
            chance, anything = jax.vmap(lambda key: _explore(key, network.num_actions))(step_keys[:, 1])
            actions = jnp.where(chance < epsilon, anything, actions)
        chosen = jnp.take_along_axis(jax.nn.log_softmax(outputs.logits), actions[:, None], axis=-1)[:, 0]
        return actions.astype(jnp.int32), chosen, outputs.value, outputs.state

    return act


def _explore(key, num_actions):
    chance_key, action_key = jax.random.split(key)
    return jax.random.uniform(chance_key), jax.random.randint(action_key, (), 0, num_actions)
