"""From saliency methods to what is drawn: every frame's maps over its own pixels."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from rlvis.attribution.targets import Target
from rlvis.interface.content import MapContent, MapPlanes
from rlvis.interface.packed_planes import LEVELS
from rlvis.options import RunOptions
from rlvis.presentation import observation_format
from rlvis.rollouts.trajectory import Trajectory
from rlvis.saliency import POLICY, SaliencyMethod, find_method
from rlvis.saliency.frames import map_trajectory
from rlvis.stages.origin import agent_origin
from rlvis.stages.stage_files import StageFiles
from rlvis.stored_planes import StoredPlanes
from rlvis.trajectory_maps import EncodedPiece, encoded_maps

ChosenMethod = tuple[SaliencyMethod, Any]
# Every frame of a batch is perturbed hundreds of times over.
FRAMES_PER_BATCH = 8


def choose_methods(options: RunOptions) -> tuple[ChosenMethod, ...]:
    """The methods asked for, each with its options; those that keep to a memory budget get the run's unless they were given their own.

    Raises:
        OptionError: for a method or an option that does not exist.
    """
    given = options.saliency_options or {}
    for name in given:
        find_method(name)
    methods = [find_method(name) for name in dict.fromkeys((*options.saliency_methods, *given))]
    own = {method.name: {"memory_budget": options.memory_budget} for method in methods if "memory_budget" in [item.name for item in fields(method.options)]}
    return tuple((method, method.make_options({**own.get(method.name, {}), **given.get(method.name, {})})) for method in methods)


def explained(method: SaliencyMethod, targets: Sequence[Target]) -> tuple[Target, ...]:
    """What a method is shown for: the targets it can explain, and the policy as a whole."""
    return method.supported((*targets, POLICY))


def with_explained(outputs: Sequence[Target], methods: Sequence[ChosenMethod], targets: Sequence[Target]) -> tuple[Target, ...]:
    """The outputs, and after them what only saliency methods explain: the policy as a whole."""
    return tuple(dict.fromkeys((*outputs, *(target for method, _ in methods for target in explained(method, targets)))))


def explain_pixels(
    checkpoint, chosen: ChosenMethod, trajectories: Mapping[int, Trajectory], targets: Sequence[Target], quiet: bool = False, stages: StageFiles | None = None, limit: float = math.inf, levels: int = LEVELS,
) -> Iterator[list[EncodedPiece]]:
    """Every trajectory's maps by one saliency method, for every target that it can explain.

    Args:
        checkpoint: the agent.
        chosen: the method and its options.
        trajectories: what to explain, by number.
        targets: the outputs to explain; the whole policy is added where the method can explain that.
        quiet: no progress bar.
        stages: where the maps are kept.
        limit: bytes of one trajectory's maps to hold in memory; more go to a temporary file.
        levels: between zero and full colour that the maps are stored with.

    Yields:
        The encoded maps of each trajectory.
    """
    method, given = chosen
    shown = explained(method, targets)

    def pieces(trajectory, advance):
        settings = with_frame_stack(given, observation_format(checkpoint, trajectory.observations).stack)
        planes = []
        state = trajectory.state
        for frames, maps in map_trajectory(method, checkpoint.network, checkpoint.parameters, trajectory.observations, shown, state, settings, FRAMES_PER_BATCH):
            planes = planes or [StoredPlanes((len(trajectory), *maps.shape[2:], 1), limit / len(shown)) for _ in shown]
            for stored, one in zip(planes, maps, strict=True):
                stored[frames] = one[..., None]
            advance(frames.stop - frames.start)
        details = {item.name: getattr(settings, item.name) for item in fields(settings) if not item.metadata.get("resource")}
        details = {"source": method.source, **details} if method.source else details
        content = MapContent(method.name, method.label, None, *planes[0].shape[1:3], signed=method.is_signed(settings), details=details)
        for target, stored in zip(shown, planes, strict=True):
            yield content, target.id, MapPlanes(stored)

    # Of a method that is not rlvis's own nobody can tell when it changes.
    origin = agent_origin(checkpoint) if method.explain.__module__.startswith("rlvis.") else None
    dependencies = {"method": method.name, "options": asdict(given), "targets": shown, "environment": checkpoint.environment and checkpoint.environment.to_json()}
    return encoded_maps(f"saliency {method.name}", trajectories, pieces, origin and {**origin, **dependencies}, stages, quiet, levels)


def with_frame_stack(settings, stack: int):
    """A method's options that know how many frames an observation has, where that matters and nobody said."""
    return replace(settings, frame_stack=stack) if getattr(settings, "frames", "all") == "last" and settings.frame_stack == 1 else settings
