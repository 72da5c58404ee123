"""The features of a layer: found in the attributions of many observations, shown by the observations that excite them."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import jax
import numpy as np

from rlvis.attribution.frames import map_frames
from rlvis.features.dataset_examples import LayerExamples, dataset_examples
from rlvis.features.image_parameters import sample_pixels
from rlvis.features.nmf import ChannelDirections
from rlvis.features.optimization import optimize_features
from rlvis.interface.content import FeatureContent, PatchMosaic, PatchTable
from rlvis.layer_activations import LayerActivations
from rlvis.layer_directions import begin_directions, found_from
from rlvis.layer_maps import attribution_batches
from rlvis.memory_budget import memory_budget
from rlvis.networks.observations import normalize_observations
from rlvis.networks.taps import TapDescription
from rlvis.options import RunOptions
from rlvis.parallel.batches import core_count
from rlvis.parallel.blas_threads import single_blas_thread
from rlvis.parallel.communicator import communicator
from rlvis.progress import progress_bar
from rlvis.rollouts.trajectory import ExampleObservations
from rlvis.stage_results import examples_from_arrays, examples_to_arrays
from rlvis.stages.digest import digest
from rlvis.stages.stage_files import StageFiles
from rlvis.stored_planes import StoredPlanes

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


def find_features(
    checkpoint, taps: Sequence[TapDescription], examples: ExampleObservations, options: RunOptions, quiet: bool = False, stages: StageFiles | None = None
) -> dict[str, LayerFeatures]:
    """Everything about the features of layers: directions, the observations that excite each, optimized pictures if asked for.

    While directions are fitted to a layer, the next one is attributed to.

    Args:
        checkpoint, options: the agent and the run.
        taps: the layers.
        examples: the observations that features are found in and shown by.
        quiet: no progress bars.
        stages: where each of the three is kept; nothing is kept if `None`.

    Returns:
        The features by the layer's name.
    """
    stages, activations = stages or StageFiles(), LayerActivations(checkpoint, options, taps, len(examples))
    with single_blas_thread(), ThreadPoolExecutor(1, thread_name_prefix="rlvis") as fitting:
        begun = ((tap, begin_directions(checkpoint, tap, examples, options, fitting, activations, quiet, stages)) for tap in taps)
        return {tap.name: complete_features(checkpoint, tap, directions(), examples, options, activations, quiet, stages) for tap, directions in _next_begun(begun)}


def _next_begun(items: Iterator) -> Iterator:
    """The items, each after the one behind it was made."""
    current = next(items)
    for following in items:
        yield current
        current = following
    yield current


def feature_activations(tap: TapDescription, directions: ChannelDirections, examples: ExampleObservations, options: RunOptions, activations: LayerActivations) -> StoredPlanes | None:
    """How strongly each example observation excites each feature, `(N, h, w, K)`: T(activations). `None` but on the first rank."""
    ranks = communicator()
    activations_of = activations.at(tap.name)

    def method(observations, state):
        return directions.transform(activations_of(observations, state))

    batch_size, workers = attribution_batches(options, tap, 1)
    mine = map_frames(method, examples.observations, examples.state, batch_size, (ranks.rank, ranks.size), workers)
    strengths = StoredPlanes((len(examples), *tap.shape[:2], directions.features), memory_budget(options.memory_budget).planes) if ranks.rank == 0 else None
    for _ in range(0, len(examples), batch_size * ranks.size):
        for piece in ranks.gather(next(mine, None)) or ():
            if piece is not None:
                frames, part = piece
                strengths[frames] = part[: frames.stop - frames.start]
    return strengths


def complete_features(
    checkpoint, tap: TapDescription, directions: ChannelDirections, examples: ExampleObservations, options: RunOptions, activations: LayerActivations, quiet: bool, stages: StageFiles
) -> LayerFeatures:
    """A layer's features, given their directions."""
    origin, name = found_from(checkpoint, examples, options, tap), tap.name
    of_these = origin and {**origin, "directions": digest(directions.components), "fitted_to": directions.fitted_to}

    def examples_made():
        chosen = choose_examples(tap, directions, examples, options, activations)
        return None if chosen is None else examples_to_arrays(chosen)

    subdivisions = {"subdivisions": options.vis_subdiv_mults}
    chosen = examples_from_arrays(stages.obtain_together("dataset examples", name, of_these and {**of_these, **subdivisions}, examples_made))
    if not options.optimize_features:
        return LayerFeatures(directions, chosen)

    def pictures_made():
        first = communicator().rank == 0
        return {f"{feature}": picture for feature, picture in optimized_pictures(checkpoint, tap, directions, examples, options, quiet).items()} if first else None

    optimization = {"steps": options.optimize_steps, "seed": options.seed}
    pictures = stages.obtain_together("optimized pictures", name, of_these and {**of_these, **optimization}, pictures_made)
    return LayerFeatures(directions, chosen, {int(feature): picture for feature, picture in pictures.items()})


def choose_examples(tap: TapDescription, directions: ChannelDirections, examples: ExampleObservations, options: RunOptions, activations: LayerActivations) -> LayerExamples | None:
    """The observations that excite each feature, by position. `None` but on the first rank."""
    height, width = examples.observations.shape[1:3]
    patch_pixels = EXPAND_MULT**2 * max(1, round(height / tap.shape[0] * width / tap.shape[1]))
    strengths = feature_activations(tap, directions, examples, options, activations)
    if strengths is None:
        return None
    # A feature is looked at twice over: as it is stored, and with observations last.
    workers = memory_budget(options.memory_budget).in_flight(core_count(), 12 * len(examples) * tap.shape[0] * tap.shape[1])
    return dataset_examples(strengths, options.vis_subdiv_mults, patch_pixels, workers=workers)


def present_examples(layer: str, chosen: LayerExamples) -> FeatureContent:
    """A layer's dataset examples for the page."""
    mosaics = []
    for name, (rows, columns) in chosen.centres.items():
        parts = [feature.mosaics[name] for feature in chosen.features]
        mosaics.append(PatchMosaic(name, rows, columns, np.stack([part.observation for part in parts]), np.stack([part.strength for part in parts])))
    return FeatureContent(layer, mosaics, _table([feature.thumbnail for feature in chosen.features]), _table([feature.strongest for feature in chosen.features]))


def _table(patches):
    return PatchTable(*(np.stack([getattr(part, name) for part in patches]) for name in ("observation", "row", "column", "strength")))


def optimized_pictures(checkpoint, tap: TapDescription, directions: ChannelDirections, examples: ExampleObservations, options: RunOptions, quiet: bool = False) -> dict[int, np.ndarray]:
    """Pictures made to excite each feature, `(H, W, 3)` uint8 by feature."""
    key = jax.random.fold_in(jax.random.key(options.seed), zlib.crc32(tap.name.encode()))
    colours = np.asarray(normalize_observations(sample_pixels(examples.observations)))[:, None, None]
    with progress_bar(f"pictures {tap.name}", directions.features * options.optimize_steps, quiet=quiet) as advance:
        made = optimize_features(checkpoint.network, checkpoint.parameters, tap.name, directions.components, key, steps=options.optimize_steps, observations=colours, progress=advance)
    return {feature: visible_picture(picture) for feature, picture in enumerate(made.pictures)}


def visible_picture(observation: np.ndarray) -> np.ndarray:
    """The newest frame of an observation `(H, W, C)` in [0, 1] as `(H, W, 3)` uint8: its last three channels, or the last one in grey."""
    frame = observation[..., -3:] if observation.shape[-1] % 3 == 0 else np.repeat(observation[..., -1:], 3, axis=-1)
    return np.round(255 * np.clip(frame, 0, 1)).astype(np.uint8)
