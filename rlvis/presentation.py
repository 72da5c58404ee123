"""What the page says about an agent, gathered from its checkpoint and the options of the run."""

import datetime
import importlib.metadata
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace

import jax
import numpy as np

import rlvis
from rlvis.attribution.targets import VALUE, Target, policy_targets
from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.environments import environment_notes
from rlvis.environments.actions import action_directions, action_glyph, direction_groups
from rlvis.environments.preprocessing import preprocessing_from_json
from rlvis.errors import OptionError
from rlvis.gaze.trajectories import BOOKMARKED_ROW
from rlvis.interface.content import FixationContent, InterfaceContent, LayerContent, ObservationFormat, TimelineRow, TrajectoryContent
from rlvis.interface.encoded_trajectory import EncodedTrajectory, encode_trajectory
from rlvis.interface.feature_names import read_feature_names
from rlvis.interface.view_model import ActionView, BesideView, CheckpointView, DefaultsView, EnvironmentView, LinkView, MemoryView, NetworkView, OutputView, ProvenanceView
from rlvis.networks.taps import TapDescription
from rlvis.options import RunOptions
from rlvis.parallel.batches import core_count, run_batches
from rlvis.rollouts.advantages import generalized_advantages
from rlvis.rollouts.divergence import greedy_difference, policy_divergence
from rlvis.rollouts.memory import memory_trace, principal_units
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory
from rlvis.stored_frames import blocks

# What the page calls a second agent, and what the names of its layers and methods begin with.
SECOND, SECOND_PREFIX = "B", "b/"
# A sheet of pictures takes some ten times its size while it is encoded.
ENCODED_AT_A_TIME = 4


def describe_interface(
    checkpoint: Checkpoint, options: RunOptions, layers: Sequence[LayerContent], targets: Sequence[Target], examples: ExampleObservations, links: Sequence[LinkView] = (), beside: BesideView | None = None, notes: Sequence[str] = ()
) -> InterfaceContent:
    """Everything the page says before its first trajectory.

    Args:
        checkpoint: the agent.
        options: of the run.
        layers: the layers shown, from input to output.
        targets: every output that has a row on the timeline.
        examples: some observations, for their format, and the memory fed with them, for its principal units.
        links: to further pages.
        beside: a second agent.
        notes: further sentences.
    """
    environment = checkpoint.environment
    name = environment.name if environment else "unknown environment"
    notes = (*checkpoint.notes, *(environment_notes(environment) if environment else ()), *notes)
    middle = middle_layer([layer for layer in layers if not beside or layer.id not in beside.layers])
    return InterfaceContent(
        title=options.title or f"{name} · {checkpoint.network.name}",
        environment=EnvironmentView(environment.kind if environment else "", name, dict(environment.options) if environment else {}),
        network=describe_network(checkpoint),
        observation=observation_format(checkpoint, examples.observations),
        actions=[ActionView(action, action_glyph(action), short_name(action), action_directions(action)) for action in action_names(checkpoint)],
        outputs=[OutputView(target.id, target.label, target.kind, target.actions) for target in targets],
        layers=layers,
        gamma=discount(checkpoint, options),
        gae_lambda=options.gae_lambda if options.gae_lambda is not None else checkpoint.gae_lambda,
        provenance=provenance(checkpoint, options),
        defaults=DefaultsView(
            middle, "integrated_gradients", options.video_speed, options.scrubber_visible_duration, options.attribution_weight, options.scrub_range
        ),
        notes=tuple(dict.fromkeys(notes)),
        links=links,
        bookmark_count=options.trajectory_bookmarks,
        memory=describe_memory(examples.states),
        map_levels=options.attribution_levels,
        beside=beside,
    )


def middle_layer(layers: Sequence[LayerContent]) -> str:
    """The id of the middle hidden layer, the later one of two; of the input if there is nothing else."""
    hidden = [layer for layer in layers if not layer.input]
    return hidden[len(hidden) // 2].id if hidden else layers[0].id


def describe_network(checkpoint: Checkpoint) -> NetworkView:
    """A network for the page."""
    network = checkpoint.network
    return NetworkView(network.name, network.kind, count_parameters(checkpoint.parameters), network.recurrent)


def describe_memory(states: Mapping[str, np.ndarray]) -> tuple[MemoryView, ...]:
    """The parts of a network's memory for the page; of an LSTM's two, the one that the rest of the network reads is shown first.

    Args:
        states: memory fed with many varied observations, `(N, …)` by part.
    """
    read = [name for name in states if name.split("/")[-1] == "h"] or list(states)
    found = {name: principal_units(part) for name, part in states.items()}
    return tuple(MemoryView(name, name.replace("/", " "), states[name][0].size, principal.units, principal.share, name in read) for name, principal in found.items())


def discount(checkpoint, options) -> float:
    """γ: the option's, else the checkpoint's."""
    return options.gae_gamma if options.gae_gamma is not None else checkpoint.gamma


def action_names(checkpoint) -> tuple[str, ...]:
    """One name per action; numbers where nothing better is known."""
    count = checkpoint.network.num_actions
    return tuple(checkpoint.action_names) if len(checkpoint.action_names) == count else tuple(f"action {index}" for index in range(count))


def short_name(action: str) -> str:
    """An action's name in a few letters."""
    return "no-op" if action.upper() == "NOOP" else action if len(action) <= 8 else action[:7] + "…"


def list_targets(checkpoint, options) -> tuple[Target, ...]:
    """Every output: the value, each action's logit, each group's sum of logits.

    Groups are the actions containing right, left, up, down, or none of them, unless `action_group_fns` names others by
    a function of the action's name or by action numbers; groups of one action are dropped.
    """
    names = action_names(checkpoint)
    if options.action_group_fns is None:
        groups = direction_groups(names)
    else:
        groups = {name: [i for i, action in enumerate(names) if chosen(action)] if callable(chosen) else list(chosen) for name, chosen in options.action_group_fns.items()}
    return (VALUE, *policy_targets(names, groups))


def describe_layers(taps: Sequence[TapDescription], options: RunOptions, second: Sequence[TapDescription] = ()) -> list[LayerContent]:
    """The hidden layers for the page, with the names that a person gave to their features; a second agent's come last.

    Raises:
        OptionError: if the file of names cannot be read, or names features that this run does not show.
    """
    names = read_feature_names(options.feature_names) if options.feature_names else {}
    shown = [tap.name for tap in (*taps, *second)]
    if names and not set(names) & set(shown):
        raise OptionError(f"{options.feature_names} names features of {', '.join(names)}, but this run shows {', '.join(shown)}; give names that were exported from a page with the same layers")
    labels = layer_labels([tap.name for tap in taps])
    if second:
        labels |= {SECOND_PREFIX + name: f"{SECOND} {label}" for name, label in layer_labels([tap.name.removeprefix(SECOND_PREFIX) for tap in second]).items()}
    layers = []
    for tap in (*taps, *second):
        height, width, channels = tap.shape
        features, named = min(options.nmf_features or channels, channels), names.get(tap.name, {})
        if not all(0 <= feature < features for feature in named):
            raise OptionError(f"{options.feature_names} names {len(named)} features of layer {tap.name}, up to number {max(named) + 1}, but it has {features}; give names that were exported from a page with as many features")
        layers.append(LayerContent(tap.name, labels[tap.name], tap.kind, height, width, channels, features, names=named))
    return layers


def describe_input_layer(label: str, shape, second: bool = False) -> LayerContent:
    """The observation itself as a layer, perhaps of a second agent: its channels are its features, in its own colours."""
    height, width, channels = shape
    id, label = (SECOND_PREFIX + label, f"{SECOND} {label}") if second else (label, label)
    return LayerContent(id, label, "input", height, width, channels, channels, input=True)


def encoded_trajectories(content: InterfaceContent, trajectories: Mapping[int, Trajectory], others: Sequence[Mapping[int, Trajectory]] = ()) -> Iterator[EncodedTrajectory]:
    """Trajectories for the page, by number, in the form they are written in; a few are encoded at a time. `others` has them as a second agent sees them, if there is one."""
    def encode(item):
        index, trajectory = item
        presented = present_trajectory(trajectory, f"{index + 1}", content.gamma, content.gae_lambda, content.memory)
        for seen in others:
            presented = with_second(presented, seen[index], content)
        return encode_trajectory(content, index, presented)

    return run_batches(encode, trajectories.items(), min(core_count(), ENCODED_AT_A_TIME))


def present_trajectory(trajectory: Trajectory, label: str, gamma: float, gae_lambda: float, memory: Sequence[MemoryView] = ()) -> TrajectoryContent:
    """A trajectory for the page, with its advantages and traces of its memory."""
    advantages = generalized_advantages(trajectory.rewards, trajectory.values, trajectory.dones, None, gamma, gae_lambda)
    traces = {part.id: memory_trace(trajectory.states[part.id], trajectory.firsts, part.units) for part in memory}
    return TrajectoryContent(
        label, trajectory.seed, trajectory.observations, trajectory.rewards, trajectory.values, advantages, trajectory.logits,
        trajectory.actions, trajectory.firsts, trajectory.dones, trajectory.frames,
        [_timeline_row(trajectory, f"extra{number}", label) for number, label in enumerate(trajectory.rows)],
        traces, FixationContent(**trajectory.fixations) if trajectory.fixations else None,
    )


def _timeline_row(trajectory, name, label):
    if label != BOOKMARKED_ROW:
        return TimelineRow(name, label, trajectory.rows[label])
    return TimelineRow(name, label, trajectory.rows[label], bookmarked=looked_at(trajectory), meanings=("agent and person agree best", "agent and person agree worst"))


def with_second(presented: TrajectoryContent, seen: Trajectory, content: InterfaceContent) -> TrajectoryContent:
    """A trajectory with what a second agent thinks of it, and how far the two are apart.

    Policies are compared by `policy_divergence`; a Q-network has none, and where there is one the actions are compared that the two rate highest.
    """
    rows = [TimelineRow("beside", f"{SECOND}: value", seen.values)]
    if "q" in (content.network.kind, content.beside.network.kind):
        apart, label, meaning = greedy_difference(presented.logits, seen.logits), f"{SECOND}: other action", "the best actions are not the same"
    else:
        apart, label, meaning = policy_divergence(presented.logits, seen.logits), f"{SECOND}: divergence", "Jensen–Shannon divergence of the policies, in bits"
    rows.append(TimelineRow("apart", label, apart, bookmarked=apart > 0, meanings=(meaning, ""), titles=(f"{SECOND} differs most", "")))
    return replace(presented, rows=[*presented.rows, *rows], beside_values=seen.values, beside_logits=seen.logits)


def looked_at(trajectory: Trajectory) -> np.ndarray | None:
    """At which steps a person's gaze is known, `(T,)` bool; `None` if at none."""
    return np.diff(trajectory.fixations["starts"]) > 0 if trajectory.fixations else None


def layer_labels(names: Sequence[str]) -> dict[str, str]:
    """Short labels: the names without the path components that all of them begin or end with.

    "pi/block1/relu", "pi/block2/relu" become "block1", "block2"; a name is never cut to nothing.
    """
    split = {name: name.split("/") for name in names}
    shortest = min(len(parts) for parts in split.values())
    head, tail = 0, 0
    while head < shortest - 1 and len({parts[head] for parts in split.values()}) == 1:
        head += 1
    while head + tail < shortest - 1 and len({parts[-1 - tail] for parts in split.values()}) == 1:
        tail += 1
    if len(names) == 1:
        return {names[0]: names[0]}
    return {name: "/".join(parts[head : len(parts) - tail]) for name, parts in split.items()}


def observation_format(checkpoint, observations) -> ObservationFormat:
    """How the observations are laid out: their stack of frames is the environment's."""
    height, width, channels = observations.shape[1:]
    stack = _frame_stack(checkpoint, channels)
    low, high = 0.0, 1.0
    if observations.dtype.kind == "f":
        low = float(min(block.min() for block in blocks(observations)))
        high = float(max(low + 1e-6, *(block.max() for block in blocks(observations))))
    return ObservationFormat(height, width, channels // stack, stack, low, high, seen_part(checkpoint))


def seen_part(checkpoint) -> tuple[int, int, int, int] | None:
    """The part (top, bottom, left, right) of the environment's own picture that the agent sees; `None` for all of it."""
    preprocessing = dict(checkpoint.environment.options).get("preprocessing") if checkpoint.environment else None
    return None if preprocessing is None else preprocessing_from_json(preprocessing).crop


def _frame_stack(checkpoint, channels):
    environment = checkpoint.environment
    options = dict(environment.options) if environment else {}
    stack = options.get("frame_stack", _preprocessed_stack(environment, options.get("preprocessing")))
    return stack if isinstance(stack, int) and 0 < stack <= channels and channels % stack == 0 else 1


def _preprocessed_stack(environment, preprocessing):
    if preprocessing is not None:
        return preprocessing_from_json(preprocessing).frame_stack
    return 4 if environment and environment.kind == "atari" else 1


def count_parameters(parameters) -> int:
    """How many numbers the network has learned."""
    return sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(parameters))


def provenance(checkpoint, options) -> ProvenanceView:
    """Where a page comes from: checkpoint, command, options, versions, seed, and date (SOURCE_DATE_EPOCH is honoured)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    date = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else datetime.datetime.now(datetime.UTC)
    program = os.path.basename(sys.argv[0])
    command = shlex.join([*(["python", "-m", "rlvis"] if program == "__main__.py" else [program]), *sys.argv[1:]])
    return ProvenanceView(describe_checkpoint(checkpoint), command, _plain(options), versions(), options.seed, date.replace(microsecond=0).isoformat())


def describe_checkpoint(checkpoint: Checkpoint) -> CheckpointView | None:
    """A checkpoint's file; `None` if it has none."""
    return CheckpointView(os.path.basename(checkpoint.path), checkpoint.sha256 or "", checkpoint.format) if checkpoint.path else None


def versions() -> dict[str, str]:
    """The versions of rlvis, Python and what the numbers depend on, and the kind of device."""
    packages = ("jax", "jaxlib", "numpy", "scikit-learn", "ale-py")
    found = {name: importlib.metadata.version(name) for name in packages if _installed(name)}
    return {"rlvis": rlvis.__version__, "python": ".".join(map(str, sys.version_info[:3])), **found, "device": jax.devices()[0].device_kind}


def _installed(name):
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _plain(value):
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value) if not any(item.metadata.get(kind) for kind in ("python_only", "resource", "shown_apart"))}
    return list(value) if isinstance(value, tuple) else value
