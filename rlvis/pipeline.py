"""The whole story: a checkpoint plays, its play is attributed to features, and the page that shows it is written.

    checkpoint → rollouts → layers → for each layer: features → attribution of every trajectory → interface.html

A second agent may be shown what the first one saw, and is explained like it.
"""

from pathlib import Path

import numpy as np

from rlvis.attribution.targets import VALUE, find_targets
from rlvis.checkpoints import load as load_checkpoint
from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.gaze_maps import GAZE, gaze_maps
from rlvis.interface.view_model import LinkView
from rlvis.interface.writing import PAGE
from rlvis.layer_activations import LayerActivations
from rlvis.layer_features import find_features, present_examples
from rlvis.layer_maps import attribute_layer, check_options, input_gradient_map
from rlvis.layer_programs import compiled_ahead
from rlvis.memory_budget import memory_budget
from rlvis.memory_maps import attribute_through_time, check_memory_options
from rlvis.options import RunOptions, make_options
from rlvis.parallel.blas_threads import single_blas_thread
from rlvis.parallel.communicator import communicator
from rlvis.presentation import describe_interface, encoded_trajectories, list_targets
from rlvis.reports import find_report
from rlvis.rollouts.roll_out import check_source, roll_out
from rlvis.saliency_maps import explain_pixels, with_explained
from rlvis.second_agent import describe_second, explained_agents, second_notes, show_agents
from rlvis.shared_writer import SharedWriter, claim_together
from rlvis.stages.stage_files import stage_files
from rlvis.stored_frames import ChosenFrames
from rlvis.trust.map_judgement import judge_maps, judged_frames

# The report of the agent's training, beside the page.
TRAINING_PAGE = "training.html"


def run(checkpoint, output_dir, **options) -> Path:
    """Play a trained agent and write the interface that explains it.

    Args:
        checkpoint: a path to a checkpoint, or a `Checkpoint`.
        output_dir: the directory to write; made if it is not there.
        **options: fields of `RunOptions` by name; those of its parts as mappings, such as
            `trajectories={"num_envs": 2, "num_steps": 128}`.

    Returns:
        The path of `interface.html`.

    Raises:
        RlvisError: for anything the caller can put right; nothing is written then.
    """
    return write_interface(checkpoint, output_dir, make_options(RunOptions, options))


def write_interface(checkpoint, output_dir, options: RunOptions, quiet: bool = False) -> Path:
    """As `run`, with the options as a dataclass. Under MPI every rank calls it alike and owns some of the trajectories."""
    quiet = quiet or communicator().rank > 0
    if not isinstance(checkpoint, Checkpoint):
        checkpoint = load_checkpoint(checkpoint)
    outputs = list_targets(checkpoint, options)
    targets = outputs if options.attr_policy else (VALUE, *find_targets(options.attr_outputs, outputs))
    check_options(options)
    check_source(checkpoint, options.load)
    check_memory_options(checkpoint, options)
    agents = explained_agents(checkpoint, options)
    with claim_together(output_dir) as directory, single_blas_thread():
        stages = stage_files(options)
        with compiled_ahead(checkpoint, options, agents[0].taps, targets, stages) as stop_compiling:
            _write_claimed(agents, directory, options, outputs, targets, stages, stop_compiling, quiet)
    return Path(output_dir) / PAGE


def _write_claimed(agents, directory, options, outputs, targets, stages, stop_compiling, quiet):
    checkpoint, methods, budget = agents[0].checkpoint, agents[0].methods, memory_budget(options.memory_budget)
    trajectories, examples = roll_out(checkpoint, options.trajectories, options.observations, options.load, options.seed, quiet, stages, budget.frames)
    stop_compiling()
    count, frames = communicator().allreduce(len(trajectories)), communicator().allreduce(sum(map(len, trajectories.values())))
    agents = show_agents(agents, trajectories, examples, quiet, stages, budget.frames)

    report = None if options.single_file else find_report(checkpoint.path)
    links = [LinkView("Curves of this agent's training", TRAINING_PAGE)] if report else []
    gaze_known = communicator().allreduce(sum(bool(trajectory.fixations) for trajectory in trajectories.values())) > 0
    shown_outputs = (*with_explained(outputs, methods, targets), *([GAZE] if gaze_known else []))
    layers = [layer for agent in agents for layer in agent.layers]
    content = describe_interface(checkpoint, options, layers, shown_outputs, examples, links, describe_second(agents), second_notes(agents))

    features = [find_features(agent.named, agent.taps, agent.examples, agent.options, quiet, stages) for agent in agents]
    shown = np.unique(np.concatenate([found.examples.referenced() for by_layer in features for found in by_layer.values()]))

    with SharedWriter(directory, content, options.single_file) as writer:
        writer.add_trajectories(count, encoded_trajectories(content, trajectories, [agent.trajectories for agent in agents[1:]]))
        writer.add_examples(ChosenFrames(examples.observations, shown))
        for agent, by_layer in zip(agents, features, strict=True):
            _add_maps(writer, agent, by_layer, shown, count, frames, targets, stages, quiet)
        if gaze_known:
            writer.add_maps(count, gaze_maps(checkpoint, trajectories, quiet, options.attribution_levels, budget.planes))
        writer.add_agreement(count, quiet)
        if options.trust_frames:
            judged = judged_frames(trajectories, count, options.trust_frames)
            directions = {name: found.directions for name, found in features[0].items()}
            writer.add_judgements(lambda: judge_maps(checkpoint, options, directions, methods, judged, content.observation.stack, quiet), options.trust_frames)
        if report is not None:
            writer.add_page(TRAINING_PAGE, report)
        writer.finish()
    stages.report(quiet)
    stages.tidy()


def _add_maps(writer, agent, features, shown, count, frames, targets, stages, quiet):
    """All that one agent looks at: gradients at the input, features and attribution of each layer, saliency of pixels."""
    options, trajectories = agent.options, agent.trajectories
    activations = LayerActivations(agent.named, options, agent.taps, frames)
    for layer in agent.layers:
        if layer.input:
            writer.add_maps(count, input_gradient_map(agent.checkpoint, options, layer, trajectories, targets, quiet, stages))
    for tap in agent.taps:
        found = features[tap.name]
        writer.add_features(present_examples(tap.name, found.examples.renumbered(shown)), found.optimized)
        writer.add_maps(count, attribute_layer(agent.named, options, tap, found.directions, trajectories, targets, quiet, stages, activations))
        if options.attr_through_time:
            writer.add_maps(count, attribute_through_time(agent.named, options, tap, found.directions, trajectories, targets, quiet, stages))
    for method in agent.methods:
        writer.add_maps(count, explain_pixels(agent.checkpoint, method, trajectories, targets, quiet, stages, memory_budget(options.memory_budget).planes, options.attribution_levels))
