"""The agents that a page explains: the one that plays, and perhaps a second one that is shown what the first one saw."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import jax

from rlvis.checkpoints import load as load_checkpoint
from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.errors import CheckpointError, OptionError
from rlvis.interface.content import LayerContent
from rlvis.interface.view_model import BesideView
from rlvis.networks.bottlenecks import select_taps
from rlvis.networks.network import network_inputs
from rlvis.networks.taps import TapDescription, with_prefixed_taps
from rlvis.options import RunOptions
from rlvis.presentation import SECOND, SECOND_PREFIX, describe_checkpoint, describe_input_layer, describe_layers, describe_network, middle_layer
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory
from rlvis.rollouts.watching import empty_memory, watch_examples, watch_trajectories
from rlvis.saliency.attention import ATTENTION
from rlvis.saliency_maps import ChosenMethod, choose_methods
from rlvis.stages.origin import agent_origin
from rlvis.stages.stage_files import StageFiles


@dataclass(frozen=True)
class ExplainedAgent:
    """An agent, what of it is explained, and on what.

    Attributes:
        checkpoint: the agent.
        named: the same with its layers named as the page names them.
        options: of the run, as far as they apply to it.
        taps: the layers to attribute to, named so.
        methods: the saliency methods, likewise.
        layers: what the page says of them, and of the observation where that is attributed to.
        trajectories: what is explained, by number, with this agent's logits, values and memory; none before it was played.
        examples: the observations that features are found in, with this agent's memory.
    """

    checkpoint: Checkpoint
    named: Checkpoint
    options: RunOptions
    taps: Sequence[TapDescription]
    methods: Sequence[ChosenMethod]
    layers: Sequence[LayerContent] = ()
    trajectories: Mapping[int, Trajectory] = field(default_factory=dict)
    examples: ExampleObservations | None = None


def explained_agents(checkpoint: Checkpoint, options: RunOptions) -> list[ExplainedAgent]:
    """The agent that plays, and the one beside it if that was asked for, before anything was played.

    Raises:
        OptionError: if no layer is left to attribute to, the file of features' names does not fit, there is no such saliency method, or the second agent takes other
            observations or has other actions.
        CheckpointError: if the second agent cannot be read.
    """
    first = ExplainedAgent(checkpoint, checkpoint, options, select_taps(checkpoint.network, checkpoint.parameters, **vars(options.layers)), choose_methods(options))
    agents = [first] if options.beside is None else [first, second_agent(first, read_second(options.beside, checkpoint))]
    layers = describe_layers(first.taps, options, [tap for agent in agents[1:] for tap in agent.taps])
    return [replace(agent, layers=_with_input(agent, [layer for layer in layers if layer.id in {tap.name for tap in agent.taps}])) for agent in agents]


def _with_input(agent, layers):
    options, network = agent.options, agent.checkpoint.network
    return [describe_input_layer(options.input_layer_name, network.observation_shape, agent.named is not agent.checkpoint), *layers] if options.input_layer_include else layers


def second_agent(first: ExplainedAgent, checkpoint: Checkpoint) -> ExplainedAgent:
    """The agent to show beside the first one. Where it has no memory, nothing is attributed to that; where it has no attention, that method is left out.

    Raises:
        OptionError: if it takes other observations, has other actions, or no layer is left to attribute to.
    """
    options = first.options
    check_second(first.checkpoint, checkpoint)
    named = replace(checkpoint, network=with_prefixed_taps(checkpoint.network, SECOND_PREFIX))
    if not checkpoint.network.recurrent:
        options = replace(options, attr_memory=False, attr_through_time=0)
    try:
        taps = [replace(tap, name=SECOND_PREFIX + tap.name) for tap in select_taps(checkpoint.network, checkpoint.parameters, **vars(options.layers))]
    except OptionError as error:
        raise OptionError(f"of the agent beside, {name_of(checkpoint)}: {error}") from error
    methods = [(replace(method, name=SECOND_PREFIX + method.name, label=f"{SECOND}: {method.label}"), given) for method, given in first.methods if method is not ATTENTION or attends(checkpoint)]
    return ExplainedAgent(checkpoint, named, options, taps, methods)


def read_second(beside, first: Checkpoint) -> Checkpoint:
    """A checkpoint, or the one at a path; what its file leaves open about what it sees is as for the first agent."""
    if isinstance(beside, Checkpoint):
        return beside
    if not isinstance(beside, (str, os.PathLike)):
        raise OptionError(f"option beside must be the path of a checkpoint, or a Checkpoint, got {beside!r}")
    try:
        return load_checkpoint(beside)
    except CheckpointError as error:
        try:
            return load_checkpoint(beside, environment=first.environment, observation_shape=first.network.observation_shape)
        except CheckpointError:
            raise error from None


def check_second(first: Checkpoint, second: Checkpoint) -> None:
    """Find that two agents cannot be shown the same frames, or cannot be compared.

    Raises:
        OptionError: saying in what they differ.
    """
    shapes = ["×".join(map(str, agent.network.observation_shape)) for agent in (first, second)]
    if shapes[0] != shapes[1]:
        raise OptionError(f"the agent beside, {name_of(second)}, takes observations of {shapes[1]}, the one that plays {shapes[0]}; choose one that takes the same")
    counts = [agent.network.num_actions for agent in (first, second)]
    if counts[0] != counts[1]:
        raise OptionError(f"the agent beside, {name_of(second)}, has {counts[1]} actions, the one that plays {counts[0]}; choose one that has the same")
    names = [[action.casefold() for action in agent.action_names] for agent in (first, second)]
    if all(len(each) == counts[0] for each in names) and names[0] != names[1]:
        raise OptionError(f"the agent beside, {name_of(second)}, has the actions {', '.join(second.action_names)}, the one that plays {', '.join(first.action_names)}; choose one that has the same")


def name_of(checkpoint: Checkpoint) -> str:
    """The file's name, or else the network's."""
    return os.path.basename(os.path.normpath(checkpoint.path)) if checkpoint.path else checkpoint.network.name


def attends(checkpoint: Checkpoint) -> bool:
    """Whether a network has attention of its own; nothing is computed."""
    inputs = network_inputs(checkpoint.network, 1)
    return jax.eval_shape(lambda parameters, observations, state: checkpoint.network(parameters, observations, state), checkpoint.parameters, *inputs).attention is not None


def show_agents(
    agents: Sequence[ExplainedAgent], trajectories: Mapping[int, Trajectory], examples: ExampleObservations, quiet: bool = False, stages: StageFiles | None = None, limit: float = math.inf
) -> list[ExplainedAgent]:
    """The agents with what the first one played, the second one with its own view of that; all ranks call this alike.

    Args:
        agents: one or two.
        trajectories: this rank's, by number.
        examples: the example observations.
        quiet: no progress bars.
        stages: where a second agent's thoughts are kept.
        limit: bytes of its memory that may be held; more goes to files.
    """
    first, *others = agents
    first = replace(first, trajectories=trajectories, examples=examples)
    return [first, *(_show(first, other, quiet, stages, limit) for other in others)]


def _show(first, second, quiet, stages, limit):
    player, watcher, options = first.checkpoint, second.checkpoint, first.options
    origin = agent_origin(watcher)
    if origin is not None and origin == agent_origin(player):
        # Its memory before the first frame is known too.
        return replace(second, trajectories=first.trajectories, examples=first.examples)
    trajectories = watch_trajectories(watcher, first.trajectories, quiet, stages, limit)
    if watcher.network.recurrent and options.load.resample:
        examples = watch_examples(player, watcher, first.examples, options.observations, options.seed, quiet, stages, limit)
    else:
        examples = empty_memory(watcher, first.examples)
    return replace(second, trajectories=trajectories, examples=examples)


def describe_second(agents: Sequence[ExplainedAgent]) -> BesideView | None:
    """The second agent for the page; `None` if there is none."""
    if len(agents) == 1:
        return None
    first, second = agents
    ids, like = [layer.id for layer in second.layers], SECOND_PREFIX + middle_layer(first.layers)
    network, file = describe_network(second.checkpoint), describe_checkpoint(second.checkpoint)
    return BesideView(SECOND, SECOND_PREFIX, file, network, ids, like if like in ids else middle_layer(second.layers), [method.name for method, _ in second.methods])


def second_notes(agents: Sequence[ExplainedAgent]) -> list[str]:
    """Sentences for the page about the second agent, if there is one."""
    if len(agents) == 1:
        return []
    first, second = agents
    checkpoint = second.checkpoint
    trained = [agent.checkpoint.environment and agent.checkpoint.environment.name for agent in agents]
    notes = [f"{SECOND} is {name_of(checkpoint)} ({checkpoint.network.name}). It was shown the frames that the agent of this page played, and did not act itself; rows, layers and methods named {SECOND} are its own."]
    if trained[1] and trained[0] != trained[1]:
        notes.append(f"{SECOND} was trained to play {trained[1]}, not {trained[0]}.")
    if checkpoint.network.recurrent:
        notes.append(f"{SECOND}'s memory starts empty with each trajectory and each episode.")
        if not first.options.load.resample:
            notes.append(f"{SECOND}'s memory in the example observations is not known, as they were read from a file, and was taken to be empty: its features were found so.")
    if len(second.methods) < len(first.methods):
        notes.append(f"{SECOND} has no attention of its own to show.")
    return [*notes, *(f"{SECOND}: {note}" for note in checkpoint.notes)]
