"""A checkpoint made blind to features of one of its layers."""

from collections.abc import Sequence
from dataclasses import replace

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.errors import OptionError
from rlvis.features.editing import blind_to_feature
from rlvis.layer_features import find_features
from rlvis.layer_maps import check_options
from rlvis.networks.bottlenecks import select_taps
from rlvis.options import RunOptions, TrajectoryOptions
from rlvis.rollouts.roll_out import roll_out
from rlvis.stages.stage_files import stage_files


def edit_checkpoint(checkpoint: Checkpoint, layer: str, features: Sequence[int], options: RunOptions, quiet: bool = False) -> Checkpoint:
    """An agent that does not see some features of a layer any more.

    The features are those that `rlvis run` finds with the same options (and are taken from its cache where it ran before).

    Args:
        checkpoint: the agent.
        layer: the name of the layer.
        features: their numbers on the page, from 1 on.
        options: of the run; only what features depend on matters.
        quiet: no progress bars.

    Returns:
        The agent with new parameters; metadata and a note say what was edited.

    Raises:
        OptionError: if there is no such layer or feature.
        NetworkError: if it is not known which kernels read the layer.
    """
    check_options(options)
    taps = {tap.name: tap for tap in select_taps(checkpoint.network, checkpoint.parameters, **vars(options.layers))}
    if layer not in taps:
        raise OptionError(f"there is no layer {layer!r} with features; there are {', '.join(taps)}")
    count = min(options.nmf_features or taps[layer].shape[-1], taps[layer].shape[-1])
    for feature in features:
        if not 1 <= feature <= count:
            raise OptionError(f"layer {layer!r} has features 1 to {count}, not {feature}")
    stages = stage_files(options)
    # A file of rollouts is read here, never written: of trajectories only one step is played.
    load = replace(options.load, trajectories_path=None) if options.load.resample else options.load
    _, examples = roll_out(checkpoint, TrajectoryOptions(1, 1), options.observations, load, options.seed, quiet, stages)
    directions = find_features(checkpoint, [taps[layer]], examples, replace(options, optimize_features=False), quiet, stages)[layer].directions
    chosen = directions.components[[feature - 1 for feature in features]]
    parameters = blind_to_feature(checkpoint.network, checkpoint.parameters, layer, chosen)
    edit = {"layer": layer, "features": list(features), "directions": chosen.tolist(), "original_sha256": checkpoint.sha256}
    numbers = ", ".join(map(str, features))
    return replace(
        checkpoint,
        parameters=parameters,
        metadata={**checkpoint.metadata, "edits": [*checkpoint.metadata.get("edits", ()), edit]},
        notes=(*checkpoint.notes, f"Edited: blind to feature{'s' if len(features) > 1 else ''} {numbers} of layer {layer}."),
    )
