"""All the play that an interface needs: trajectories to show, and observations to find features in."""

import threading
from collections.abc import Callable, Iterable

from rlvis.errors import RolloutError
from rlvis.options import LoadOptions, ObservationOptions, TrajectoryOptions
from rlvis.parallel.batches import run_batches
from rlvis.parallel.communicator import communicator
from rlvis.parallel.shares import gather_in_order, own_share
from rlvis.progress import progress_bar
from rlvis.rollouts.collect import collect_examples, collect_trajectory, environment_seed, example_groups, join_examples
from rlvis.rollouts.storage import load_rollouts, save_rollouts
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory


def roll_out(
    checkpoint,
    trajectories: TrajectoryOptions,
    observations: ObservationOptions,
    load: LoadOptions,
    seed: int,
    quiet: bool = False,
) -> tuple[dict[int, Trajectory], ExampleObservations]:
    """Play the agent, or read what was played before.

    Args:
        checkpoint: the agent, with its environment.
        trajectories, observations: how much to play.
        load: whether to play at all, and where rollouts are kept.
        seed: of everything random.
        quiet: no progress bars.

    Returns:
        This rank's trajectories by number (all of them where there is one rank), and all example observations. What
        is played does not depend on the number of ranks.

    Raises:
        RolloutError: if there is neither an environment nor a file of rollouts, or the rollouts do not fit the network.
    """
    if load.resample:
        if checkpoint.environment is None:
            raise RolloutError("the checkpoint does not say which environment it plays; name one with --env, or give recorded rollouts with --no-load-resample --load-trajectories-path FILE")
        played = _trajectories(checkpoint, trajectories, load, seed, quiet)
        examples = _examples(checkpoint, observations, seed, quiet)
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


def _trajectories(checkpoint, options, load, seed, quiet) -> dict[int, Trajectory]:
    seeds = own_share([environment_seed(seed, "trajectory", index) for index in range(options.num_envs)])
    with progress_bar("trajectories", len(seeds) * (options.num_steps + 1), quiet=quiet) as advance:
        played = _in_parallel(lambda one, step: collect_trajectory(checkpoint, options.num_steps, one, human_frames=load.full_resolution, progress=step), seeds.values(), advance)
    return dict(zip(seeds, played, strict=True))


def _examples(checkpoint, options, seed, quiet) -> ExampleObservations:
    groups = example_groups(options.num_envs)
    work = own_share([(size, environment_seed(seed, "examples", index)) for index, size in enumerate(groups)])
    with progress_bar("observations", len(work) * options.num_obs * options.obs_every, quiet=quiet) as advance:
        parts = _in_parallel(lambda group, step: collect_examples(checkpoint, group[0], options.num_obs, options.obs_every, group[1], progress=step), work.values(), advance)
    everybodys = list(gather_in_order(len(groups), dict(zip(work, parts, strict=True))))
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
