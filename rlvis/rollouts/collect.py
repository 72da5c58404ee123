"""Letting an agent play, and keeping what happens."""

from collections.abc import Callable

import jax
import numpy as np

from rlvis.environments import VectorEnvironment, make_environment
from rlvis.parallel.batches import default_batch_size
from rlvis.rollouts.policy import Policy
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory, flatten_state

# Environments that are played as one batch, on a CPU and on an accelerator, where a small batch takes as long as a larger one; while one group waits for
# it, another's emulators work. Fixed, so that neither the number of ranks nor of threads changes a result.
EXAMPLE_GROUPS = (8, 16)


def environment_seed(seed: int, purpose: str, index: int) -> int:
    """A seed of its own for each environment: 31 bits from (seed, purpose, index)."""
    words = [seed, {"trajectory": 1, "examples": 2, "evaluation": 3}[purpose], index]
    return int(np.random.SeedSequence(words).generate_state(1)[0] >> 1)


def policy_keys(seed: int, count: int) -> jax.Array:
    """One random key per environment of a group, from the group's seed."""
    return jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(seed), np.arange(count, dtype=np.uint32))


def collect_trajectory(checkpoint, num_steps: int, seed: int, *, human_frames: bool = False, greedy: bool = False, progress: Callable[[], None] = lambda: None) -> Trajectory:
    """Play one environment and keep `num_steps` steps, after a first one that is dropped.

    Args:
        checkpoint: the agent, with its environment.
        num_steps: T.
        seed: of the environment and of the sampled actions; the same seed gives the same bytes.
        human_frames: also keep human-resolution pictures.
        greedy: take the most probable action instead of sampling.
        progress: called after every step.
    """
    environment = make_environment(checkpoint.environment, 1, seed, human_frames=human_frames)
    try:
        policy = Policy(checkpoint.network, checkpoint.parameters, policy_keys(seed, 1), greedy=greedy)
        steps = [step for step in _play(environment, policy, num_steps + 1, progress)]
    finally:
        environment.close()
    return _stack(steps[1:], seed)


def _play(environment: VectorEnvironment, policy: Policy, num_steps, progress):
    moment = environment.observe()
    for number in range(num_steps):
        decision = policy.act(moment.observations, moment.firsts, number)
        transition = environment.step(decision.actions)
        yield moment, decision, transition
        moment = transition.next
        progress()


def _stack(steps, seed):
    moments, decisions, transitions = zip(*steps, strict=True)
    states = [flatten_state(decision.state_fed) for decision in decisions]
    return Trajectory(
        observations=np.stack([moment.observations[0] for moment in moments]),
        actions=np.stack([decision.actions[0] for decision in decisions]),
        rewards=np.stack([transition.rewards[0] for transition in transitions]).astype(np.float32),
        firsts=np.stack([moment.firsts[0] for moment in moments]),
        dones=np.stack([transition.dones[0] for transition in transitions]),
        logits=np.stack([decision.logits[0] for decision in decisions]),
        values=np.stack([decision.values[0] for decision in decisions]),
        states={name: np.stack([state[name][0] for state in states]) for name in states[0]},
        frames=None if moments[0].frames is None else np.stack([moment.frames[0] for moment in moments]),
        seed=seed,
    )


def example_groups(num_envs: int) -> list[int]:
    """The sizes of the groups in which `num_envs` environments are played."""
    most = default_batch_size(*EXAMPLE_GROUPS)
    return [min(most, num_envs - start) for start in range(0, num_envs, most)]


def collect_examples(checkpoint, num_envs: int, num_obs: int, obs_every: int, seed: int, *, progress: Callable[[], None] = lambda: None) -> ExampleObservations:
    """Play a group of environments and keep one observation in `obs_every` of each.

    Args:
        checkpoint: the agent, with its environment.
        num_envs: environments of this group, one of `example_groups`.
        num_obs: observations to keep per environment.
        obs_every: steps between them.
        seed: of the group.
        progress: called after every step of the group.

    Returns:
        `num_envs · num_obs` observations, environment by environment.
    """
    environment = make_environment(checkpoint.environment, num_envs, seed)
    try:
        policy = Policy(checkpoint.network, checkpoint.parameters, policy_keys(seed, num_envs))
        kept = []
        for number, (moment, decision, _) in enumerate(_play(environment, policy, num_obs * obs_every, progress)):
            if (number + 1) % obs_every == 0:
                kept.append((moment.observations, flatten_state(decision.state_fed)))
    finally:
        environment.close()
    observations, states = zip(*kept, strict=True)
    return ExampleObservations(_by_environment(observations), {name: _by_environment([state[name] for state in states]) for name in states[0]})


def _by_environment(arrays):
    return np.swapaxes(np.stack(arrays), 0, 1).reshape(-1, *arrays[0].shape[1:])


def join_examples(groups) -> ExampleObservations:
    """Several groups' observations as one batch, in order."""
    return ExampleObservations(
        np.concatenate([group.observations for group in groups]),
        {name: np.concatenate([group.states[name] for group in groups]) for name in groups[0].states},
    )
