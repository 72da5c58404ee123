"""Letting an agent play, and keeping what happens."""

import math
from collections.abc import Callable, Iterable
from itertools import islice

import numpy as np

from rlvis.environments import VectorEnvironment, make_environment
from rlvis.parallel.batches import default_batch_size
from rlvis.rollouts.action_noise import policy_keys
from rlvis.rollouts.policy import Policy
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory, flatten_state, is_large
from rlvis.stored_frames import block_slices, new_frames

# Environments that are played as one batch, on a CPU and on an accelerator, where a small batch takes as long as a larger one; while one group waits for
# it, another's emulators work. Fixed, so that neither the number of ranks nor of threads changes a result.
EXAMPLE_GROUPS = (8, 16)


def environment_seed(seed: int, purpose: str, index: int) -> int:
    """A seed of its own for each environment: 31 bits from (seed, purpose, index)."""
    words = [seed, {"trajectory": 1, "examples": 2, "evaluation": 3}[purpose], index]
    return int(np.random.SeedSequence(words).generate_state(1)[0] >> 1)


def collect_trajectory(checkpoint, num_steps: int, seed: int, *, human_frames: bool = False, greedy: bool = False, limit: float = math.inf, progress: Callable[[], None] = lambda: None) -> Trajectory:
    """Play one environment and keep `num_steps` steps, after a first one that is dropped.

    Args:
        checkpoint: the agent, with its environment.
        num_steps: T.
        seed: of the environment and of the sampled actions; the same seed gives the same bytes.
        human_frames: also keep human-resolution pictures.
        greedy: take the most probable action instead of sampling.
        limit: bytes of observations, of each part of the memory and of pictures that may be held; more go to a file.
        progress: called after every step.
    """
    environment = make_environment(checkpoint.environment, 1, seed, human_frames=human_frames)
    try:
        policy = Policy(checkpoint.network, checkpoint.parameters, policy_keys(seed, 1), greedy=greedy, one_core=True)
        steps = islice(_play(environment, policy, num_steps + 1, progress), 1, None)
        return Trajectory.from_arrays({**record_rows((_row(*step) for step in steps), num_steps, limit), "seed": np.asarray(seed)})
    finally:
        environment.close()


def _play(environment: VectorEnvironment, policy: Policy, num_steps, progress):
    moment = environment.observe()
    for number in range(num_steps):
        decision = policy.act(moment.observations, moment.firsts, number)
        transition = environment.step(decision.actions)
        yield moment, decision, transition
        moment = transition.next
        progress()


def _watched(steps, policy):
    """The steps with what somebody else thought of each in place of the player's decision."""
    for number, (moment, _, transition) in enumerate(steps):
        yield moment, policy.act(moment.observations, moment.firsts, number), transition


def onlooker(checkpoint, num_envs: int) -> Policy:
    """An agent that is shown what others play; it runs the very program it would play with, so that its logits and values have the same bits."""
    return Policy(checkpoint.network, checkpoint.parameters, policy_keys(0, num_envs), one_core=True)


def _row(moment, decision, transition):
    """One step of one environment, by the names that `Trajectory.to_arrays` gives."""
    row = {
        "observations": moment.observations[0], "actions": decision.actions[0], "rewards": np.float32(transition.rewards[0]), "firsts": moment.firsts[0],
        "dones": transition.dones[0], "logits": decision.logits[0], "values": decision.values[0],
    }  # fmt: skip
    row |= {f"states/{name}": part[0] for name, part in flatten_state(decision.state_fed).items()}
    return row if moment.frames is None else {**row, "frames": moment.frames[0]}


def record_rows(rows, count, limit):
    """So many rows, dictionaries of arrays, as one array `(count, …)` for each name; observations and memory of more than `limit` bytes lie in a file."""
    columns = {}
    for number, row in enumerate(rows):
        row = {name: np.asarray(value) for name, value in row.items()}
        columns = columns or {name: _column(name, (count, *value.shape), value.dtype, limit) for name, value in row.items()}
        for name, value in row.items():
            columns[name][number] = value
    return columns


def _column(name, shape, dtype, limit):
    return new_frames(shape, dtype, 0 if is_large(name, np.dtype(dtype).itemsize * math.prod(shape), limit) else math.inf)


def example_groups(num_envs: int) -> list[int]:
    """The sizes of the groups in which `num_envs` environments are played."""
    most = default_batch_size(*EXAMPLE_GROUPS)
    return [min(most, num_envs - start) for start in range(0, num_envs, most)]


def collect_examples(
    checkpoint, num_envs: int, num_obs: int, obs_every: int, seed: int, *, watcher=None, limit: float = math.inf, progress: Callable[[], None] = lambda: None
) -> ExampleObservations:
    """Play a group of environments and keep one observation in `obs_every` of each.

    Args:
        checkpoint: the agent, with its environment.
        num_envs: environments of this group, one of `example_groups`.
        num_obs: observations to keep per environment.
        obs_every: steps between them.
        seed: of the group.
        watcher: another agent, that sees everything and does nothing; the memory kept is its then.
        limit: bytes of observations, and of each part of the memory, that may be held; more go to a file.
        progress: called after every step of the group.

    Returns:
        `num_envs · num_obs` observations, environment by environment.
    """
    environment = make_environment(checkpoint.environment, num_envs, seed)
    parts = {}
    try:
        policy = Policy(checkpoint.network, checkpoint.parameters, policy_keys(seed, num_envs), one_core=True)
        steps = _play(environment, policy, num_obs * obs_every, progress)
        if watcher is not None:
            steps = _watched(steps, onlooker(watcher, num_envs))
        for number, (moment, decision, _) in enumerate(islice(steps, obs_every - 1, None, obs_every)):
            shown = {"observations": moment.observations, **{f"states/{name}": np.asarray(part) for name, part in flatten_state(decision.state_fed).items()}}
            parts = parts or {name: _column(name, (num_envs * num_obs, *part.shape[1:]), part.dtype, limit) for name, part in shown.items()}
            for name, part in shown.items():
                parts[name][np.arange(number, num_envs * num_obs, num_obs)] = part
    finally:
        environment.close()
    return ExampleObservations.from_arrays(parts)


def join_examples(groups: Iterable[ExampleObservations], count: int, limit: float = math.inf) -> ExampleObservations:
    """Several groups' observations as one batch, in order.

    Args:
        groups: read one after the other.
        count: observations in all of them.
        limit: as for `collect_examples`, of all together.
    """
    parts, first = {}, 0
    for group in groups:
        arrays = group.to_arrays()
        parts = parts or {name: _column(name, (count, *array.shape[1:]), array.dtype, limit) for name, array in arrays.items()}
        for name, array in arrays.items():
            for part in block_slices(len(group), array.nbytes // len(group)):
                parts[name][first + part.start : first + part.stop] = array[part]
        first += len(group)
    return ExampleObservations.from_arrays(parts)
