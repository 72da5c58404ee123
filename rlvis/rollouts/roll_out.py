"""All the play that an interface needs: trajectories to show, and observations to find features in."""

import threading
from collections.abc import Callable, Iterable

from rlvis.environments.specification import environment_version
from rlvis.errors import RolloutError
from rlvis.options import LoadOptions, ObservationOptions, TrajectoryOptions
from rlvis.parallel.batches import run_batches
from rlvis.parallel.communicator import communicator
from rlvis.parallel.shares import gather_in_order, own_share
from rlvis.progress import progress_bar
from rlvis.rollouts.collect import collect_examples, collect_trajectory, environment_seed, example_groups, join_examples
from rlvis.rollouts.storage import load_rollouts, save_rollouts
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory
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
) -> tuple[dict[int, Trajectory], ExampleObservations]:
    """Play the agent, or read what was played before.

    Args:
        checkpoint: the agent, with its environment.
        trajectories, observations: how much to play.
        load: whether to play at all, and where rollouts are kept.
        seed: of everything random.
        quiet: no progress bars.
        stages: where each trajectory and each group of observations is kept; nothing is kept if `None`.

    Returns:
        This rank's trajectories by number (all of them where there is one rank), and all example observations. What
        is played does not depend on the number of ranks.

    Raises:
        RolloutError: if there is neither an environment nor a file of rollouts, or the rollouts do not fit the network.
    """
    if load.resample:
        if checkpoint.environment is None:
            raise RolloutError("the checkpoint does not say which environment it plays; name one with --env, or give recorded rollouts with --no-load-resample --load-trajectories-path FILE")
        stages = stages or StageFiles()
        origin = play_origin(checkpoint)
        played = _trajectories(checkpoint, trajectories, load, seed, quiet, stages, origin)
        examples = _examples(checkpoint, observations, seed, quiet, stages, origin)
        if load.trajectories_path:
            everything = list(gather_in_order(trajectories.num_envs, played))
            if communicator().rank == 0:
                save_rollouts(load.trajectories_path, everything, examples, {"seed": seed})
    else:
        if not load.trajectories_path:
            raise RolloutError("resample is off, but no trajectories_path says where the rollouts are")
        everything, examples, _ = load_rollouts(load.trajectories_path)
        played = own_share(everything)
        if examples is None:
            raise RolloutError(f"{load.trajectories_path} holds trajectories but no example observations; record it again with rlvis run")
    _check(checkpoint, played, examples)
    return played, examples


def play_origin(checkpoint) -> dict | None:
    """What an agent's play depends on besides options and seed: network, parameters, environment; `None` where own code is part of it."""
    agent, version = agent_origin(checkpoint), environment_version(checkpoint.environment)
    return agent and version and {**agent, "environment": checkpoint.environment.to_json(), "version": version}


def _trajectories(checkpoint, options, load, seed, quiet, stages, origin) -> dict[int, Trajectory]:
    def play(item, step):
        index, own_seed = item
        settings = {"num_steps": options.num_steps, "seed": own_seed, "human_frames": load.full_resolution}
        return stages.obtain(
            "trajectories", f"{index + 1}", origin and {**origin, **settings}, lambda: collect_trajectory(checkpoint, **settings, progress=step).to_arrays()
        )

    seeds = own_share([environment_seed(seed, "trajectory", index) for index in range(options.num_envs)])
    with progress_bar("trajectories", len(seeds) * (options.num_steps + 1), quiet=quiet) as advance:
        played = _in_parallel(play, seeds.items(), advance)
    return {index: Trajectory.from_arrays(arrays) for index, arrays in zip(seeds, played, strict=True)}


def _examples(checkpoint, options, seed, quiet, stages, origin) -> ExampleObservations:
    def play(item, step):
        index, size = item
        settings = {"num_envs": size, "num_obs": options.num_obs, "obs_every": options.obs_every, "seed": environment_seed(seed, "examples", index)}
        return stages.obtain(
            "observations", f"{index + 1}", origin and {**origin, **settings}, lambda: collect_examples(checkpoint, **settings, progress=step).to_arrays()
        )

    groups = example_groups(options.num_envs)
    work = own_share(groups)
    with progress_bar("observations", len(work) * options.num_obs * options.obs_every, quiet=quiet) as advance:
        parts = _in_parallel(play, work.items(), advance)
    everybodys = [ExampleObservations.from_arrays(arrays) for arrays in gather_in_order(len(groups), dict(zip(work, parts, strict=True)))]
    return communicator().broadcast(join_examples(everybodys) if everybodys else None)


def _in_parallel(play: Callable, items: Iterable, advance: Callable) -> list:
    """`play(item, step)` for every item, where `step` is to be called after each step; all end soon after an interruption."""
    stop = threading.Event()

    def step():
        if stop.is_set():
            raise RolloutError("playing was interrupted")
        advance()

    return list(run_batches(lambda item: play(item, step), items, stop=stop))


def _check(checkpoint, played, examples):
    shape = tuple(checkpoint.network.observation_shape)
    for what, found in [*(("trajectories", trajectory.observations) for trajectory in played.values()), ("example observations", examples.observations)]:
        if tuple(found.shape[1:]) != shape:
            raise RolloutError(f"the {what} have observations of shape {tuple(found.shape[1:])}, but the network takes {shape}")
    for trajectory in played.values():
        if trajectory.logits.shape[1] != checkpoint.network.num_actions:
            raise RolloutError(f"the trajectories were played with {trajectory.logits.shape[1]} actions, but the network has {checkpoint.network.num_actions}")
