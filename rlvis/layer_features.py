"""The features of a layer: found in the attributions of many observations, shown by the observations that excite them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rlvis.attribution.frames import activations_at, map_frames
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.targets import VALUE
from rlvis.features.dataset_examples import LayerExamples, dataset_examples
from rlvis.features.nmf import ChannelDirections, fit_channel_directions
from rlvis.interface.content import FeatureContent, PatchMosaic, PatchTable
from rlvis.layer_maps import layer_method
from rlvis.networks.taps import TapDescription
from rlvis.options import RunOptions
from rlvis.progress import progress_bar
from rlvis.rollouts.trajectory import ExampleObservations

# Patches are shown four cells high and wide at first; the opacities are chosen for that.
EXPAND_MULT = 4


@dataclass(frozen=True)
class LayerFeatures:
    """A layer's features.

    Attributes:
        directions: in the space of its channels.
        examples: the observations that excite each feature, by position.
        optimized: pictures made to excite each feature, `(H, W, 3)` uint8 by feature; empty if not asked for.
    """

    directions: ChannelDirections
    examples: LayerExamples
    optimized: Mapping[int, np.ndarray] = field(default_factory=dict)


def find_directions(checkpoint, tap: TapDescription, examples: ExampleObservations, options: RunOptions, quiet=False) -> ChannelDirections:
    """The channel directions of a layer, from the value attribution of the example observations."""
    if not options.nmf_features:
        return fit_channel_directions(np.zeros((1, *tap.shape), np.float32), None)
    steps = options.nmf_attr_integrate_steps or options.attr_integrate_steps
    method = layer_method(checkpoint, options, tap.name, [VALUE], quadrature_rule(options.attr_integrate_rule, steps))
    with progress_bar(f"features {tap.name}", len(examples), unit="frame", quiet=quiet) as advance:
        return fit_channel_directions(_value_attributions(method, examples, options.batch_size, advance), options.nmf_features, options.seed)


def _value_attributions(method, examples, batch_size, advance):
    for frames, (_, attribution) in map_frames(method, examples.observations, examples.state_at(slice(None)), batch_size):
        yield attribution.maps[0, : frames.stop - frames.start]
        advance(frames.stop - frames.start)


def feature_activations(checkpoint, tap: TapDescription, directions: ChannelDirections, examples: ExampleObservations, options: RunOptions) -> np.ndarray:
    """How strongly each example observation excites each feature, `(N, h, w, K)` float32: T(activations)."""
    activations_of = activations_at(checkpoint.network, checkpoint.parameters, tap.name)
    strengths = np.empty((len(examples), *tap.shape[:2], directions.features), np.float32)

    def method(observations, state):
        return directions.transform(activations_of(observations, state))

    for frames, part in map_frames(method, examples.observations, examples.state_at(slice(None)), options.batch_size):
        strengths[frames] = part[: frames.stop - frames.start]
    return strengths


def find_features(checkpoint, tap: TapDescription, examples: ExampleObservations, options: RunOptions, quiet=False) -> LayerFeatures:
    """Everything about a layer's features: directions, the observations that excite each, optimized pictures if asked for."""
    directions = find_directions(checkpoint, tap, examples, options, quiet)
    height, width = examples.observations.shape[1:3]
    patch_pixels = EXPAND_MULT**2 * max(1, round(height / tap.shape[0] * width / tap.shape[1]))
    chosen = dataset_examples(feature_activations(checkpoint, tap, directions, examples, options), options.vis_subdiv_mults, patch_pixels)
    return LayerFeatures(directions, chosen, _optimized(checkpoint, tap, directions, options, quiet) if options.optimize_features else {})


def present_examples(layer: str, chosen: LayerExamples) -> FeatureContent:
    """A layer's dataset examples for the page."""
    mosaics = []
    for name, (rows, columns) in chosen.centres.items():
        parts = [feature.mosaics[name] for feature in chosen.features]
        mosaics.append(PatchMosaic(name, rows, columns, np.stack([part.observation for part in parts]), np.stack([part.strength for part in parts])))
    return FeatureContent(layer, mosaics, _table([feature.thumbnail for feature in chosen.features]), _table([feature.strongest for feature in chosen.features]))


def _table(patches):
    return PatchTable(*(np.stack([getattr(part, name) for part in patches]) for name in ("observation", "row", "column", "strength")))


def _optimized(checkpoint, tap, directions, options, quiet):
    return {}
