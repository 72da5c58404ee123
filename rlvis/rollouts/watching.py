"""What another agent thinks of what was played: it sees every observation, and does nothing."""

import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from rlvis.errors import RolloutError
from rlvis.options import ObservationOptions
from rlvis.parallel.shares import own_share, share_in_order
from rlvis.progress import progress_bar
from rlvis.rollouts.collect import collect_examples, environment_seed, example_groups, join_examples, onlooker, record_rows
from rlvis.rollouts.roll_out import play_in_parallel, play_origin
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory, flatten_state, is_large
from rlvis.stages.digest import digest
from rlvis.stages.origin import agent_origin
from rlvis.stages.stage_files import StageFiles
from rlvis.stored_frames import Frames, blocks


def watch_trajectories(watcher, trajectories: Mapping[int, Trajectory], quiet: bool = False, stages: StageFiles | None = None, limit: float = math.inf) -> dict[int, Trajectory]:
    """The trajectories as another agent sees them: with its logits, values and memory, and without what belongs to the player alone.

    Args:
        watcher: the other agent, of the same observations and actions.
        trajectories: this rank's, by number.
        quiet: no progress bar.
        stages: where its thoughts are kept; nothing is kept if `None`.
        limit: bytes of all its memory that may be held; more goes to files.
    """
    stages, origin, most = stages or StageFiles(), agent_origin(watcher), limit / max(1, len(trajectories))

    def watch(item, step):
        index, trajectory = item
        seen = origin and {**origin, "observations": digest(trajectory.observations), "firsts": digest(trajectory.firsts)}
        thoughts = stages.obtain("thoughts", f"{index + 1}", seen, lambda: think(watcher, trajectory, limit=most, progress=step), partial(is_large, limit=most))
        return index, Trajectory.from_arrays({**trajectory.without_player().to_arrays(), **thoughts})

    with progress_bar("thoughts", sum(map(len, trajectories.values())), unit="frame", quiet=quiet) as advance:
        return dict(play_in_parallel([partial(watch, item) for item in trajectories.items()], advance))


def think(watcher, trajectory: Trajectory, *, limit: float = math.inf, progress: Callable[[], None] = lambda: None) -> dict[str, Frames]:
    """What an agent thinks of a trajectory: "logits" `(T, A)`, "values" `(T,)`, and "states/…", the memory fed with each observation.

    Memory is empty in the first frame, and again where episodes begin.

    Args:
        watcher: the agent.
        trajectory: what it is shown.
        limit: bytes of each part of the memory that may be held; more go to a file.
        progress: called after every step.
    """
    policy = onlooker(watcher, 1)

    def rows():
        for step in range(len(trajectory)):
            decision = policy.act(trajectory.observations[step : step + 1], trajectory.firsts[step : step + 1], step)
            yield {"logits": decision.logits[0], "values": decision.values[0], **{f"states/{name}": part[0] for name, part in flatten_state(decision.state_fed).items()}}
            progress()

    return record_rows(rows(), len(trajectory), limit)


def watch_examples(
    player, watcher, examples: ExampleObservations, observations: ObservationOptions, seed: int, quiet: bool = False, stages: StageFiles | None = None, limit: float = math.inf
) -> ExampleObservations:
    """The example observations with the memory that another agent has in each: they are played once more, and it watches.

    Args:
        player, watcher: the agent that played, and the other.
        examples: what was played.
        observations, seed: how it was played.
        quiet: no progress bar.
        stages: where the memory is kept; nothing is kept if `None`.
        limit: bytes of the observations, and of each part of the memory, that may be held; more go to files.

    Raises:
        RolloutError: if the environment shows something else the second time.
    """
    stages, origins = stages or StageFiles(), (play_origin(player), agent_origin(watcher))
    origin = {"player": origins[0], "watcher": origins[1]} if all(origins) else None
    sizes = example_groups(observations.num_envs)
    groups, most = own_share(sizes), limit / len(sizes)

    def watch(item, step):
        index, size = item
        settings = {"num_envs": size, "num_obs": observations.num_obs, "obs_every": observations.obs_every, "seed": environment_seed(seed, "examples", index)}
        made = partial(collect_examples, player, **settings, watcher=watcher, limit=most, progress=step)
        return stages.obtain("watched observations", f"{index + 1}", origin and {**origin, **settings}, lambda: made().to_arrays(), partial(is_large, limit=most))

    with progress_bar("memory beside", len(groups) * observations.num_obs * observations.obs_every, quiet=quiet) as advance:
        made = play_in_parallel([partial(watch, item) for item in groups.items()], advance)
    everybodys = share_in_order(len(sizes), dict(zip(groups, made, strict=True)))
    watched = join_examples(map(ExampleObservations.from_arrays, everybodys), len(examples), limit)
    if not all(np.array_equal(one, other) for one, other in zip(blocks(watched.observations), blocks(examples.observations), strict=True)):
        raise RolloutError("played once more from the same seed, the environment showed other observations, so that the memory of the agent beside cannot be told; make the environment depend on its seed alone")
    return watched


def empty_memory(watcher, examples: ExampleObservations) -> ExampleObservations:
    """The example observations for an agent whose memory in them nobody knows: it is empty."""
    if not watcher.network.recurrent:
        return ExampleObservations(examples.observations)
    states = flatten_state(watcher.network.initial_state(1))
    return ExampleObservations(examples.observations, {name: np.repeat(part, len(examples), axis=0) for name, part in states.items()})
