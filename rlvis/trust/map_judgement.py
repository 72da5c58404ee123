"""What an interface's maps are worth: insertion and deletion, and randomization, on some frames of its trajectories."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.interface.content import MapContent
from rlvis.interface.trust_view import JudgementView, RandomizationView, RemovalView
from rlvis.layer_maps import INTEGRATED_GRADIENTS, integration_rule, layer_method
from rlvis.options import RunOptions
from rlvis.parallel.shares import gather_in_order
from rlvis.rollouts.trajectory import Trajectory
from rlvis.saliency import SaliencyMethod
from rlvis.saliency_maps import ChosenMethod, with_frame_stack
from rlvis.trust.assessment import HEADS, Frames, choose_frames, judge_methods
from rlvis.trust.options import TrustOptions

Judgements = tuple[list[JudgementView], list[JudgementView]]


def judge_maps(checkpoint: Checkpoint, options: RunOptions, directions: Mapping[str, Any], methods: Sequence[ChosenMethod], frames: Frames, stack: int = 1, quiet: bool = False) -> Judgements:
    """Judge attribution at layers, and saliency methods, for the value and for each frame's most probable action.

    Args:
        checkpoint, options: the agent and the run.
        directions: channel directions of the features of each layer, by its name.
        methods: saliency methods with their options.
        frames: to judge by.
        stack: how many frames an observation has.
        quiet: no progress bars.

    Returns:
        Judgements of the maps, and of baselines that know nothing.
    """
    layers = [(layer_as_method(checkpoint, options, layer, found), None) for layer, found in directions.items()]
    chosen = layers + [(method, with_frame_stack(settings, stack)) for method, settings in methods]
    found = judge_methods(checkpoint, chosen, frames, TrustOptions(frames=len(frames.steps), seed=options.seed), quiet)
    return [_view(result) for result in found.methods], [_view(result) for result in found.baselines]


def judged_frames(trajectories: Mapping[int, Trajectory], count: int, frames: int) -> Frames | None:
    """Frames evenly spread over all ranks' trajectories, on the first rank; `None` on the others.

    Args:
        trajectories: this rank's, by number.
        count: trajectories of all ranks.
        frames: how many; each trajectory has as many as any other, or one more.
    """
    mine = {index: choose_frames(trajectory, len(range(index, frames, count))) for index, trajectory in trajectories.items()}
    parts = list(gather_in_order(count, mine))
    if not parts:
        return None
    state = jax.tree.map(lambda *each: np.concatenate(each), *[part.state for part in parts])
    return Frames(*[np.concatenate([getattr(part, name) for part in parts]) for name in ("steps", "observations")], state, np.concatenate([part.actions for part in parts]))


def layer_as_method(checkpoint: Checkpoint, options: RunOptions, layer: str, directions) -> SaliencyMethod:
    """Integrated gradients at a layer, summed over its channels, as a saliency method whose name is the map's id."""
    rule = integration_rule(options)

    def explain(network, parameters, observations, state, targets, _):
        attribute = layer_method(replace(checkpoint, parameters=parameters), options, layer, targets, rule, directions, options.attr_memory)
        return attribute(observations, state)[1].maps.sum(axis=-1)

    name = MapContent(INTEGRATED_GRADIENTS, "", layer, 0, 0).id
    return SaliencyMethod(name, name, explain, target_kinds=("value", "logit", "group"), signed=True)


def _view(result) -> JudgementView:
    heads = {head: RemovalView(*(result[head][kind][part] for kind in ("deletion", "insertion") for part in ("area", "interval"))) for head in HEADS if head in result}
    steps = [RandomizationView(step["layers"], step["correlation"]) for step in result.get("randomization", ())]
    return JudgementView(result["name"], result["label"], heads, result.get("randomized"), steps)
