"""From attribution to what is drawn: every frame's attribution at a layer, told apart by feature."""

import math
from collections.abc import Iterator, Mapping, Sequence

import jax
import numpy as np

from rlvis.attribution.frames import BatchMethod, activations_at, map_frames
from rlvis.attribution.gradients import input_gradients
from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.memory import integrated_gradients_with_memory
from rlvis.attribution.multi_path import choose_paths, multi_path_gradients
from rlvis.attribution.quadrature import QuadratureRule, quadrature_rule
from rlvis.attribution.targets import Target
from rlvis.errors import RolloutError
from rlvis.features.attribution_features import displayed_attribution
from rlvis.features.nmf import ChannelDirections
from rlvis.interface.content import LayerContent, MapContent, MapPlanes
from rlvis.layer_activations import LayerActivations
from rlvis.memory_budget import memory_budget
from rlvis.networks.taps import TapDescription
from rlvis.options import RunOptions
from rlvis.parallel.batches import default_batch_size, worker_count
from rlvis.rollouts.trajectory import Trajectory
from rlvis.stages.origin import agent_origin
from rlvis.stages.stage_files import StageFiles
from rlvis.stored_planes import StoredPlanes
from rlvis.trajectory_maps import EncodedPiece, encoded_maps

# A thumbnail is 4 × 4 patches of different observations.
LEAST_OBSERVATIONS = 16

# What the page calls the method, at every layer.
INTEGRATED_GRADIENTS = "integrated_gradients"


def integration_rule(options: RunOptions) -> QuadratureRule:
    """The rule for the attributions that are shown."""
    return quadrature_rule(options.attr_integrate_rule, options.attr_integrate_steps)


def check_options(options: RunOptions) -> None:
    """Find what cannot work before hours of play rather than after.

    Raises:
        OptionError, RolloutError: what is wrong, and what to change.
    """
    integration_rule(options)
    memory_budget(options.memory_budget)
    count = options.observations.num_envs * options.observations.num_obs
    if options.load.resample and count < LEAST_OBSERVATIONS:
        raise RolloutError(f"a feature's thumbnail shows {LEAST_OBSERVATIONS} observations, but only {count} would be recorded; raise --observations-num-envs or --observations-num-obs")


def layer_method(checkpoint, options: RunOptions, tap: str, targets: Sequence[Target], rule: QuadratureRule, directions=None, with_memory: bool = False, activations_of: BatchMethod | None = None):
    """A batch method that attributes targets to a tap (and the memory fed): `(activations, Attribution)` of a batch of frames; `activations_of` gives the former."""
    network, parameters = checkpoint.network, jax.device_put(checkpoint.parameters)
    activations_of = activations_of or activations_at(network, parameters, tap)
    multi_path = options.attr_max_paths is not None and directions is not None
    paths = choose_paths(directions.features, options.attr_max_paths or None, options.seed) if multi_path else None

    def method(observations, state):
        activations = activations_of(observations, state)
        if multi_path:
            return activations, multi_path_gradients(
                network, parameters, activations, tap, targets, observations, directions.transform, directions.inverse_transform, paths, len(rule.points), state
            )
        if with_memory:
            return activations, integrated_gradients_with_memory(network, parameters, activations, tap, targets, observations, state, rule)
        return activations, integrated_gradients(network, parameters, activations, tap, targets, observations, state, rule)

    return method


def frames_per_batch(options: RunOptions) -> int:
    """Frames to attribute in a batch, if they fit."""
    return options.batch_size or default_batch_size(32, 256)


def attribution_batches(options: RunOptions, tap: TapDescription, targets: int) -> tuple[int, int]:
    """How many frames to attribute in a batch, and how many batches at a time, within the memory budget.

    A frame takes the activations at the tap, their gradients for each target, before and after one is added, and what
    the network behind the tap keeps to differentiate itself; a batch takes that for each of its frames.
    """
    budget = memory_budget(options.memory_budget)
    frame_bytes, result_bytes = (4 * int(np.prod(tap.shape)) * copies for copies in (4 * targets + 12, 2 * targets + 1))
    size = budget.batch_size(frames_per_batch(options), frame_bytes, result_bytes)
    return size, budget.in_flight(worker_count(), size * (frame_bytes if budget.device == budget.batch else result_bytes))


def attribute_layer(
    checkpoint, options: RunOptions, tap: TapDescription, directions: ChannelDirections, trajectories: Mapping[int, Trajectory], targets: Sequence[Target],
    quiet: bool = False, stages: StageFiles | None = None, activations: LayerActivations | None = None,
) -> Iterator[list[EncodedPiece]]:
    """Every trajectory's attribution at a layer, for every target, reduced to the layer's features.

    Args:
        checkpoint, options: the agent and the run.
        tap: the layer.
        directions: its features' channel directions.
        trajectories: what to attribute, by number.
        targets: the outputs to attribute.
        quiet: no progress bar.
        stages: where the maps are kept.
        activations: the trajectories' at all layers of the run; only this one's are computed if `None`.

    Yields:
        The encoded maps of each trajectory.
    """
    rule = integration_rule(options)
    method = layer_method(checkpoint, options, tap.name, targets, rule, directions, options.attr_memory, activations and activations.at(tap.name))
    height, width, _ = tap.shape
    content = MapContent(INTEGRATED_GRADIENTS, "integrated gradients", tap.name, height, width, directions.features, residual=True, completeness=True, details=_details(options, rule), memory=options.attr_memory)

    def reduced(observations, state):
        _, attribution = method(observations, state)
        shown = [displayed_attribution(maps, directions) for maps in attribution.maps]
        return shown, attribution

    batch_size, workers = attribution_batches(options, tap, len(targets))
    # While some trajectories are encoded, each by one core, others are attributed; they share the batches in flight, and the room for their numbers.
    at_a_time = max(1, min(workers, len(trajectories)))
    workers, limit = workers // at_a_time, memory_budget(options.memory_budget).planes / at_a_time / len(targets)

    def pieces(trajectory, advance):
        planes = [empty_planes(len(trajectory), height, width, directions.features, memory=options.attr_memory, limit=limit) for _ in targets]
        for frames, (shown, attribution) in map_frames(reduced, trajectory.observations, trajectory.state, batch_size, workers=workers):
            count = frames.stop - frames.start
            for target, (displayed, residual) in enumerate(shown):
                planes[target].planes[frames] = displayed[:count]
                planes[target].residual[frames] = residual[:count]
                planes[target].completeness[frames] = attribution.completeness_error[target, :count]
                planes[target].target[frames] = attribution.scores[target, :count]
                if options.attr_memory:
                    planes[target].memory[frames] = attribution.memory[target, :count]
            advance(count)
        for target, result in zip(targets, planes, strict=True):
            yield content, target.id, result

    origin = agent_origin(checkpoint)
    settings = {
        "tap": tap.name, "directions": directions.components, "fitted_to": directions.fitted_to, "targets": targets, "rule": vars(rule),
        "max_paths": options.attr_max_paths, "memory": options.attr_memory, "seed": options.seed, "batch_size": batch_size,
    }
    return encoded_maps(f"attribution {tap.name}", trajectories, pieces, origin and {**origin, **settings}, stages, quiet, options.attribution_levels, at_a_time)


def input_gradient_map(
    checkpoint, options: RunOptions, layer: LayerContent, trajectories: Mapping[int, Trajectory], targets: Sequence[Target], quiet: bool = False, stages: StageFiles | None = None
) -> Iterator[list[EncodedPiece]]:
    """Every trajectory's gradients with respect to the observation, as `attribute_layer` gives attributions."""
    content = MapContent(INTEGRATED_GRADIENTS, "gradient of the observation", layer.id, layer.height, layer.width, layer.features, details={"rule": "gradient"})

    limit, batch_size = memory_budget(options.memory_budget).planes / len(targets), frames_per_batch(options)
    parameters = jax.device_put(checkpoint.parameters)

    def method(observations, state):
        return input_gradients(checkpoint.network, parameters, observations, targets, state)

    def pieces(trajectory, advance):
        planes = [StoredPlanes((len(trajectory), layer.height, layer.width, layer.features), limit) for _ in targets]
        for frames, gradients in map_frames(method, trajectory.observations, trajectory.state, batch_size):
            for stored, gradient in zip(planes, gradients, strict=True):
                stored[frames] = gradient[: frames.stop - frames.start]
            advance(frames.stop - frames.start)
        for target, stored in zip(targets, planes, strict=True):
            yield content, target.id, MapPlanes(stored)

    origin = agent_origin(checkpoint)
    settings = {"layer": layer.id, "targets": targets, "batch_size": batch_size}
    return encoded_maps("gradients of the input", trajectories, pieces, origin and {**origin, **settings}, stages, quiet, options.attribution_levels)


def empty_planes(length: int, height: int, width: int, features: int, lags: int = 0, memory: bool = False, limit: float = math.inf) -> MapPlanes:
    """The numbers of a map that are still to be filled in, frame by frame; planes of more than `limit` bytes lie in a temporary file."""
    planes = StoredPlanes((length, height, width, features), limit), StoredPlanes((length, height, width, 1), limit / features)
    optional = {"memory": (length,) if memory else None, "lags": (length, lags) if lags else None}
    return MapPlanes(*planes, *(np.empty(length, np.float32) for _ in range(2)), **{name: shape and np.empty(shape, np.float32) for name, shape in optional.items()})


def _details(options, rule):
    paths = {} if options.attr_max_paths is None else {"paths": options.attr_max_paths or "all"}
    return {"rule": rule.name, "steps": len(rule.points), "baseline": "zero activations and zero memory" if options.attr_memory else "zero activations", **paths}
