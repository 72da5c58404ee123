"""The channel directions of a layer: found in the attributions of many observations, in two steps that can overlap with others."""

from collections.abc import Callable
from concurrent.futures import Executor

import jax

from rlvis.attribution.frames import map_frames
from rlvis.attribution.integrated_gradients import attribution_maps
from rlvis.attribution.quadrature import QuadratureRule, quadrature_rule
from rlvis.attribution.targets import VALUE
from rlvis.features.nmf import ChannelDirections, fit_sample, identity_directions
from rlvis.features.row_sample import RowSample, RowSampler
from rlvis.layer_activations import LayerActivations
from rlvis.layer_maps import attribution_batches
from rlvis.memory_budget import memory_budget
from rlvis.networks.taps import TapDescription
from rlvis.options import RunOptions
from rlvis.parallel.communicator import communicator
from rlvis.parallel.shares import gather_in_order
from rlvis.progress import progress_bar
from rlvis.rollouts.trajectory import ExampleObservations
from rlvis.stage_results import directions_from_arrays, directions_to_arrays
from rlvis.stages.origin import agent_origin
from rlvis.stages.stage_files import StageFiles

# Features are fitted to a weighted sample of the rows. With this many, the error on all rows was at or below that of
# scikit-learn's NMF on every layer tried; with half as many it was above it by 1e-5 on some.
MAX_ROWS = 2**17
# Features need less exact attributions than what is shown: found with so many steps of the graded rule they leave no
# more of the attributions by 24 steps unexplained, to 5 · 10⁻⁵ of it, than found with twice as many.
FEATURE_STEPS = 4


def begin_directions(
    checkpoint, tap: TapDescription, examples: ExampleObservations, options: RunOptions, fitting: Executor, activations: LayerActivations, quiet: bool, stages: StageFiles
) -> Callable[[], ChannelDirections]:
    """Begin to find the channel directions of a layer, from the value attribution of the example observations.

    Args:
        checkpoint, options: the agent and the run.
        tap: the layer.
        examples: the observations.
        fitting: what fits directions to a sample of the attributions, while others go on.
        activations: of the observations.
        quiet: no progress bar.
        stages: where the directions are kept.

    Returns:
        A function that waits for them; every rank has to call it.
    """
    def begin():
        if not options.nmf_features:
            return lambda: directions_to_arrays(identity_directions(tap.shape[-1]))
        sample = sample_attributions(checkpoint, tap, examples, options, activations, quiet)
        if sample is None:
            return lambda: None
        fit = fitting.submit(fit_sample, sample, options.nmf_features, options.seed)
        return lambda: directions_to_arrays(fit.result())

    origin = found_from(checkpoint, examples, options, tap)
    how = {"features": options.nmf_features, "rule": vars(feature_rule(options)), "seed": options.seed, "sample": sample_rows(options, tap)}
    finish = stages.begin_together("features", tap.name, origin and {**origin, **how}, begin)
    return lambda: directions_from_arrays(finish())


def sample_attributions(checkpoint, tap: TapDescription, examples: ExampleObservations, options: RunOptions, activations: LayerActivations, quiet: bool = False) -> RowSample | None:
    """A sample of the value attribution of the example observations to a layer. `None` but on the first rank.

    Each rank attributes its share of the observations and keeps a sample of the rows; the sample of all does not
    depend on how they were shared out.
    """
    ranks, network, parameters, rule = communicator(), checkpoint.network, jax.device_put(checkpoint.parameters), feature_rule(options)
    activations_of = activations.at(tap.name)

    def method(observations, state):
        return attribution_maps(network, parameters, activations_of(observations, state), tap.name, [VALUE], observations, state, rule)[0]

    def offer(frames, maps):
        return sampler.offered(maps[: frames.stop - frames.start], frames.start)

    sampler = RowSampler(sample_rows(options, tap), options.seed)
    batch_size, workers = attribution_batches(options, tap, 1)
    own = sum(min(batch_size, len(examples) - start) for start in range(ranks.rank * batch_size, len(examples), ranks.size * batch_size))
    with progress_bar(f"features {tap.name}", own, unit="frame", quiet=quiet) as advance:
        for frames, offered in map_frames(method, examples.observations, examples.state, batch_size, (ranks.rank, ranks.size), workers, offer):
            sampler.take(offered)
            advance(frames.stop - frames.start)
    samplers = gather_in_order(ranks.size, {ranks.rank: sampler})
    first = next(samplers, None)
    for other in samplers:
        first.merge(other)
    return None if first is None else first.finish()


def feature_rule(options: RunOptions) -> QuadratureRule:
    """The rule for the attributions that features are found in."""
    enough = FEATURE_STEPS if options.attr_integrate_rule == "graded" else options.attr_integrate_steps
    return quadrature_rule(options.attr_integrate_rule, options.nmf_attr_integrate_steps or min(enough, options.attr_integrate_steps))


def sample_rows(options: RunOptions, tap: TapDescription) -> int:
    """How many rows features are fitted to."""
    return memory_budget(options.memory_budget).sample_rows(MAX_ROWS, tap.shape[-1])


def found_from(checkpoint, examples: ExampleObservations, options: RunOptions, tap: TapDescription) -> dict | None:
    """What everything about a layer's features depends on; `None` where the network is own code."""
    agent = agent_origin(checkpoint)
    return agent and {**agent, "examples": examples.digest, "tap": tap.name, "batch_size": attribution_batches(options, tap, 1)[0]}
