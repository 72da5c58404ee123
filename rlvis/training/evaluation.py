"""How well an agent plays: returns over episodes that were not picked for being short."""

import math
from dataclasses import dataclass

import jax
import numpy as np

from rlvis.environments import make_environment
from rlvis.evaluation.play import whole_episode_ended
from rlvis.networks import Network
from rlvis.training.rollout import make_act


@dataclass(frozen=True)
class Evaluation:
    """Returns (unprocessed) and lengths in steps of E episodes, `(E,)` each."""

    returns: np.ndarray
    lengths: np.ndarray

    @property
    def mean(self) -> float:
        """The mean return."""
        return float(self.returns.mean())

    @property
    def standard_error(self) -> float:
        """Standard deviation of the mean return: `s / √E`; 0 for a single episode."""
        return float(self.returns.std(ddof=1) / math.sqrt(len(self.returns))) if len(self.returns) > 1 else 0.0


def evaluate(network: Network, parameters, specification, episodes: int, seed: int, *, num_envs: int = 32, random: bool = False, max_steps: int = 100_000) -> Evaluation:
    """Play at least `episodes` episodes, whole games where lives are episodes of their own, with sampled actions.

    Every environment contributes the same number of episodes, its first ones: counting whichever end first would
    favour short ones.

    Args:
        network, parameters: the agent.
        specification: the environment to play.
        episodes: how many, rounded up to a multiple of the number of environments.
        seed: of environments and actions.
        num_envs: environments played side by side, at most `episodes`.
        random: play uniformly random actions instead.
        max_steps: give up on episodes not over after that many steps of every environment; what they have earned
            until then counts.
    """
    num_envs = min(num_envs, episodes)
    wanted = -(-episodes // num_envs)
    environment = make_environment(specification, num_envs, seed)
    try:
        return _play(environment, _Player(network, parameters, num_envs, seed, random), wanted, max_steps)
    finally:
        environment.close()


def _play(environment, player, wanted, max_steps):
    moment = environment.observe()
    current, length = np.zeros(len(moment.firsts)), np.zeros(len(moment.firsts), int)
    returns, lengths = [[] for _ in current], [[] for _ in current]
    for step in range(max_steps):
        transition = environment.step(player.act(moment, step))
        current, length = current + transition.rewards, length + 1
        cut = step == max_steps - 1
        for n in np.flatnonzero(whole_episode_ended(transition) | cut):
            if len(returns[n]) < wanted:
                returns[n].append(float(current[n]))
                lengths[n].append(int(length[n]))
            current[n] = length[n] = 0
        if all(len(done) >= wanted for done in returns):
            break
        moment = transition.next
    return Evaluation(np.concatenate(returns), np.concatenate(lengths))


class _Player:
    def __init__(self, network, parameters, num_envs, seed, random):
        self.network, self.parameters, self.random = network, parameters, random
        self.generator = np.random.default_rng(seed)
        self.keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(seed), np.arange(num_envs, dtype=np.uint32))
        self.state = network.initial_state(num_envs) if network.recurrent else None
        self._act = None if random else make_act(network)

    def act(self, moment, step):
        if self.random:
            return self.generator.integers(0, self.network.num_actions, len(moment.firsts)).astype(np.int32)
        actions, _, _, self.state = self._act(self.parameters, moment.observations, moment.firsts, self.state, self.keys, np.uint32(step))
        return np.asarray(actions)
