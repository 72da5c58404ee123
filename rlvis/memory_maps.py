"""Attribution to what came before: every frame's output attributed to a layer's activations in its last frames."""

from collections.abc import Iterator, Mapping, Sequence

import jax
import numpy as np

from rlvis.attribution.frames import activations_at
from rlvis.attribution.targets import Target
from rlvis.attribution.through_time import frame_window, integrated_gradients_through_time
from rlvis.errors import OptionError
from rlvis.features.attribution_features import displayed_attribution
from rlvis.features.nmf import ChannelDirections
from rlvis.interface.content import MapContent
from rlvis.layer_maps import empty_planes, frames_per_batch, integration_rule
from rlvis.memory_budget import memory_budget
from rlvis.networks.observations import normalize_observations
from rlvis.networks.taps import TapDescription
from rlvis.options import RunOptions
from rlvis.parallel.batches import padded_chunks, run_batches
from rlvis.rollouts.trajectory import Trajectory
from rlvis.stages.origin import agent_origin
from rlvis.stages.stage_files import StageFiles
from rlvis.trajectory_maps import EncodedPiece, encoded_maps


def check_memory_options(checkpoint, options: RunOptions) -> None:
    """Find what cannot work before hours of play.

    Raises:
        OptionError: if attribution to the memory is asked of a network that has none, or along several paths.
    """
    asked = [f"--{name.replace('_', '-')}" for name in ("attr_memory", "attr_through_time") if getattr(options, name)]
    if asked and not checkpoint.network.recurrent:
        raise OptionError(f"network {checkpoint.network.name!r} has no memory to attribute to; leave out {' and '.join(asked)}")
    if options.attr_memory and options.attr_max_paths is not None:
        raise OptionError("attribution along several paths holds the memory fixed; leave out --attr-memory or --attr-max-paths")


def attribute_through_time(
    checkpoint, options: RunOptions, tap: TapDescription, directions: ChannelDirections, trajectories: Mapping[int, Trajectory], targets: Sequence[Target],
    quiet: bool = False, stages: StageFiles | None = None,
) -> Iterator[list[EncodedPiece]]:
    """Every trajectory's attribution at a layer over the last `attr_through_time` frames, as `attribute_layer` gives attributions.

    The planes are the sum over these frames, position by position; what each frame came to is in `lags`.
    """
    rule, length = integration_rule(options), options.attr_through_time
    height, width, _ = tap.shape
    content = MapContent(
        "through_time", f"integrated gradients through {length} frames", tap.name, height, width, directions.features, residual=True, completeness=True, lags=length,
        details={"rule": rule.name, "steps": len(rule.points), "baseline": "zero activations in all these frames", "frames": length},
    )  # fmt: skip
    # A frame brings those before it along, so that batches hold fewer.
    batch_size = max(1, frames_per_batch(options) // length)

    def pieces(trajectory, advance):
        planes = [empty_planes(len(trajectory), height, width, directions.features, length, limit=memory_budget(options.memory_budget).planes / len(targets)) for _ in targets]
        method = _batch_method(checkpoint, tap.name, targets, trajectory, length, rule)
        for frames, attribution in run_batches(method, padded_chunks(len(trajectory), batch_size)):
            count = frames.stop - frames.start
            for target, result in enumerate(planes):
                displayed, residual = displayed_attribution(attribution.maps[target], directions)
                result.planes[frames], result.residual[frames] = displayed[:count], residual[:count]
                result.completeness[frames] = attribution.completeness_error[target, :count]
                result.target[frames] = attribution.scores[target, :count]
                result.lags[frames] = attribution.lags[target, :count]
            advance(count)
        for target, result in zip(targets, planes, strict=True):
            yield content, target.id, result

    origin = agent_origin(checkpoint)
    settings = {"tap": tap.name, "directions": directions.components, "fitted_to": directions.fitted_to, "targets": targets, "rule": vars(rule), "frames": length, "batch_size": batch_size}
    return encoded_maps(f"attribution {tap.name} through time", trajectories, pieces, origin and {**origin, **settings}, stages, quiet, options.attribution_levels)


def _batch_method(checkpoint, tap, targets, trajectory, length, rule):
    network, parameters = checkpoint.network, jax.device_put(checkpoint.parameters)
    activations_of = activations_at(network, parameters, tap)

    def method(chunk):
        frames, missing = chunk
        window = frame_window(np.append(np.arange(frames.start, frames.stop), np.full(missing, frames.stop - 1)), length, trajectory.firsts)
        observations = normalize_observations(trajectory.observations[window.frames])
        state = trajectory.state_at(window.frames)
        merged = jax.tree.map(lambda part: part.reshape(-1, *part.shape[2:]), (observations, state))
        activations = activations_of(*merged)
        activations = activations.reshape(*window.frames.shape, *activations.shape[1:])
        return frames, integrated_gradients_through_time(network, parameters, activations, tap, targets, observations, state, window.fed, rule)

    return method
