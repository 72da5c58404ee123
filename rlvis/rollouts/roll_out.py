"""All the play that an interface needs: trajectories to show, and observations to find features in."""

import math
import threading
from collections.abc import Callable, Iterable
from functools import partial

from rlvis.environments.specification import environment_version
from rlvis.errors import RolloutError
from rlvis.options import LoadOptions, ObservationOptions, TrajectoryOptions
from rlvis.parallel.batches import core_count, run_batches
from rlvis.parallel.communicator import communicator
from rlvis.parallel.quick_turns import quick_turns
from rlvis.parallel.shares import gather_in_order, own_share, share_in_order
from rlvis.progress import progress_bar
from rlvis.rollouts.collect import collect_examples, collect_trajectory, environment_seed, example_groups, join_examples
from rlvis.rollouts.storage import load_rollouts, save_rollouts
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory, is_large
from rlvis.stages.origin import agent_origin
from rlvis.stages.stage_files import StageFiles


def roll_out(
    checkpoint,
    trajectories: TrajectoryOptions,
    observations: ObservationOptions,
    load: LoadOptions,
    seed: int,
    quiet: bool = False,
    stages: StageFiles | None = None,
    limit: float = math.inf,
) -> tuple[dict[int, Trajectory], ExampleObservations]:
    """Play the agent, or read what was played before.

    Args:
        checkpoint: the agent, with its environment.
        trajectories, observations: how much to play.
        load: whether to play at all, and where rollouts are kept.
        seed: of everything random.
        quiet: no progress bars.
        stages: where each trajectory and each group of observations is kept; nothing is kept if `None`.
        limit: bytes of this rank's trajectories that may be held in memory, and of the example observations; more
            stay in files. It changes no result.

    Returns:
        This rank's trajectories by number (all of them where there is one rank), and all example observations. What
        is played does not depend on the number of ranks.

    Raises:
        RolloutError: if there is neither an environment nor a file of rollouts, or the rollouts do not fit the network.
    """
    check_source(checkpoint, load)
    if load.resample:
        stages = stages or StageFiles()
        origin = play_origin(checkpoint)
        played, examples = _play(checkpoint, trajectories, observations, load, seed, quiet, stages, origin, limit)
        if load.trajectories_path:
            everything = gather_in_order(trajectories.num_envs, played)
            if communicator().rank == 0:
                save_rollouts(load.trajectories_path, everything, examples, {"seed": seed})
            for _ in everything:  # the other ranks send theirs
                pass
    else:
        ranks = communicator()
        mine, examples, _ = load_rollouts(load.trajectories_path, limit, (ranks.rank, ranks.size))
        played = {ranks.rank + number * ranks.size: trajectory for number, trajectory in enumerate(mine)}
        if examples is None:
            raise RolloutError(f"{load.trajectories_path} holds trajectories but no example observations; record it again with rlvis run")
    _check(checkpoint, played, examples)
    return played, examples


def check_source(checkpoint, load: LoadOptions) -> None:
    """Find that there is nothing to play or read before anything is done.

    Raises:
        RolloutError: if there is neither an environment nor a file of rollouts.
    """
    if load.resample and checkpoint.environment is None:
        raise RolloutError("the checkpoint does not say which environment it plays; name one with --env, or give recorded rollouts with --no-load-resample --load-trajectories-path FILE")
    if not load.resample and not load.trajectories_path:
        raise RolloutError("resample is off, but no trajectories_path says where the rollouts are")


def play_origin(checkpoint) -> dict | None:
    """What an agent's play depends on besides options and seed: network, parameters, environment; `None` where own code is part of it."""
    agent, version = agent_origin(checkpoint), environment_version(checkpoint.environment)
    return agent and version and {**agent, "environment": checkpoint.environment.to_json(), "version": version}


def _play(checkpoint, trajectories, observations, load, seed, quiet, stages, origin, limit) -> tuple[dict[int, Trajectory], ExampleObservations]:
    """Groups of environments for observations, and single ones for trajectories, played side by side."""
    def play_group(item, step):
        index, size = item
        settings = {"num_envs": size, "num_obs": observations.num_obs, "obs_every": observations.obs_every, "seed": environment_seed(seed, "examples", index)}
        most = limit / len(every_group)
        return stages.obtain("observations", f"{index + 1}", origin and {**origin, **settings}, lambda: collect_examples(checkpoint, **settings, limit=most, progress=step).to_arrays(), partial(is_large, limit=most))

    def play_trajectory(item, step):
        index, own_seed = item
        settings = {"num_steps": trajectories.num_steps, "seed": own_seed, "human_frames": load.full_resolution}
        most = limit / len(seeds)
        return stages.obtain("trajectories", f"{index + 1}", origin and {**origin, **settings}, lambda: collect_trajectory(checkpoint, **settings, limit=most, progress=step).to_arrays(), partial(is_large, limit=most))

    every_group = example_groups(observations.num_envs)
    groups = own_share(every_group)
    seeds = own_share([environment_seed(seed, "trajectory", index) for index in range(trajectories.num_envs)])
    steps = len(groups) * observations.num_obs * observations.obs_every + len(seeds) * (trajectories.num_steps + 1)
    # The groups first: they take longest.
    work = [*(partial(play_group, item) for item in groups.items()), *(partial(play_trajectory, item) for item in seeds.items())]
    with progress_bar("rollouts", steps, quiet=quiet) as advance:
        made = play_in_parallel(work, advance)
    everybodys = share_in_order(len(every_group), dict(zip(groups, made, strict=False)))
    examples = join_examples(map(ExampleObservations.from_arrays, everybodys), observations.num_envs * observations.num_obs, limit)
    return {index: Trajectory.from_arrays(arrays) for index, arrays in zip(seeds, made[len(groups) :], strict=True)}, examples


def play_in_parallel(work: Iterable[Callable], advance: Callable) -> list:
    """`play(step)` for each of `work`, where `step` is to be called after each step; all end soon after an interruption."""
    stop = threading.Event()

    def step():
        if stop.is_set():
            raise RolloutError("playing was interrupted")
        advance()

    # Emulators keep the cores busy, wherever the network is computed.
    with quick_turns():
        return list(run_batches(lambda play: play(step), work, core_count(), stop))


def _check(checkpoint, played, examples):
    shape = tuple(checkpoint.network.observation_shape)
    for what, found in [*(("trajectories", trajectory.observations) for trajectory in played.values()), ("example observations", examples.observations)]:
        if tuple(found.shape[1:]) != shape:
            raise RolloutError(f"the {what} have observations of shape {tuple(found.shape[1:])}, but the network takes {shape}")
    for trajectory in played.values():
        if trajectory.logits.shape[1] != checkpoint.network.num_actions:
            raise RolloutError(f"the trajectories were played with {trajectory.logits.shape[1]} actions, but the network has {checkpoint.network.num_actions}")
