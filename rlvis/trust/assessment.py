"""All questions of trust, asked of one agent's saliency maps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import jax
import numpy as np

from rlvis.attribution.targets import VALUE, policy_targets
from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.errors import RolloutError
from rlvis.networks.observations import normalize_observations
from rlvis.presentation import action_names, observation_format
from rlvis.progress import progress_bar
from rlvis.rollouts.collect import collect_trajectory, environment_seed
from rlvis.rollouts.trajectory import Trajectory
from rlvis.saliency import SaliencyMethod
from rlvis.saliency.frames import map_trajectory
from rlvis.saliency.gradient import completeness_error
from rlvis.saliency.perturbation import PerturbationOptions, fill_pictures
from rlvis.saliency_maps import FRAMES_PER_BATCH, with_frame_stack
from rlvis.saliency_video.clip import choose
from rlvis.statistics import bootstrap_interval
from rlvis.trust.box_share import box_share, find_box
from rlvis.trust.options import TrustOptions
from rlvis.trust.parameter_randomization import layers_from_the_top, randomization_curve
from rlvis.trust.rank_correlation import rank_correlation, resized
from rlvis.trust.removal_curves import baseline_maps, removal_curves

FORMAT, VERSION = "rlvis-trust", 1
HEADS = ("action", "value")


@dataclass(frozen=True)
class Frames:
    """The frames to judge by.

    Attributes:
        steps: which steps of the play, `(N,)`.
        observations: `(N, H, W, C)` as the environment showed them.
        state: the memory fed with them.
        actions: the action that each frame makes most probable, `(N,)`.
    """

    steps: np.ndarray
    observations: np.ndarray
    state: Any
    actions: np.ndarray


@dataclass(frozen=True)
class Judged:
    """What was found of some methods.

    Attributes:
        maps: `(N, h, w)` by method and head.
        methods, baselines: their names, labels, curves and areas as plain data.
    """

    maps: Mapping[str, Mapping[str, np.ndarray]]
    methods: Sequence[Mapping[str, Any]]
    baselines: Sequence[Mapping[str, Any]]


def assess(checkpoint: Checkpoint, options: TrustOptions, quiet: bool = False) -> dict[str, Any]:
    """Judge saliency methods by an agent's play.

    Args:
        checkpoint: the agent, with its environment.
        options: everything else.
        quiet: no progress bars.

    Returns:
        Plain data for JSON: `methods` and `baselines` with their removal curves and areas, `agreement` between methods.

    Raises:
        RlvisError: for anything the caller can put right.
    """
    methods = choose(options)
    if options.box is not None:
        find_box(options.box, checkpoint.network.observation_shape[:2], checkpoint.network.num_actions, checkpoint.environment)
    if checkpoint.environment is None:
        raise RolloutError("the checkpoint does not say which environment it plays; name one with --env")
    with progress_bar("play", options.num_steps + 1, quiet=quiet) as advance:
        trajectory = collect_trajectory(checkpoint, options.num_steps, environment_seed(options.seed, "trajectory", 0), greedy=options.greedy, progress=advance)
    stack = observation_format(checkpoint, trajectory.observations).stack
    methods = [(method, with_frame_stack(settings, stack)) for method, settings in methods]
    frames = choose_frames(trajectory, options.frames)
    found = judge_methods(checkpoint, methods, frames, options, quiet)
    return {
        "format": FORMAT, "version": VERSION, "network": checkpoint.network.name, "frames": frames.steps.tolist(), "actions": [action_names(checkpoint)[action] for action in frames.actions],
        "shares": np.linspace(0, 1, options.curve_steps + 1).tolist(), "methods": found.methods, "baselines": found.baselines,
        "agreement": {head: agreement({name: heads[head] for name, heads in found.maps.items() if head in heads}, frames, options.worst) for head in HEADS},
    }  # fmt: skip


def judge_methods(checkpoint: Checkpoint, methods: Sequence[tuple[SaliencyMethod, Any]], frames: Frames, options: TrustOptions, quiet: bool = False) -> Judged:
    """Explain frames by methods, each with its options, and judge the maps; as `assess` without playing."""
    maps = {}
    with progress_bar("maps", len(methods), unit="method", quiet=quiet) as advance:
        for method, settings in methods:
            maps[method.name] = explain_heads(checkpoint, checkpoint.parameters, method, settings, frames)
            advance()
    baselines = baseline_maps(len(frames.steps), *frames.observations.shape[1:3], options.seed)
    removal = removal_results(checkpoint, frames, {**maps, **{name: dict.fromkeys(HEADS, each) for name, each in baselines.items()}}, options, quiet)
    results = [judge(checkpoint, method, settings, frames, removal[method.name], options, quiet) for method, settings in methods]
    if options.box is not None:
        for result in results:
            result["box"] = shares_in_box(checkpoint, maps[result["name"]], options.box)
    return Judged(maps, results, [{"name": name, "label": name, **{head: summarize(removal[name][head]) for head in HEADS}} for name in baselines])


def choose_frames(trajectory: Trajectory, count: int) -> Frames:
    """Frames evenly spread over a trajectory."""
    steps = np.unique(np.linspace(0, len(trajectory) - 1, min(count, len(trajectory))).round().astype(int))
    return Frames(steps, trajectory.observations[steps], trajectory.state_at(steps), trajectory.logits[steps].argmax(axis=1))


def explain_heads(checkpoint: Checkpoint, parameters, method: SaliencyMethod, settings, frames: Frames) -> dict[str, np.ndarray]:
    """A method's maps `(N, h, w)` of each frame's most probable action and of the value, where it can explain them."""
    logits = policy_targets(action_names(checkpoint))

    def explained(indices, target):
        state = jax.tree.map(lambda part: part[indices], frames.state)
        parts = map_trajectory(method, checkpoint.network, parameters, frames.observations[indices], [target], state, settings, FRAMES_PER_BATCH)
        return np.concatenate([part[0] for _, part in parts])

    maps = {}
    if method.supported(logits):
        chosen = [(np.flatnonzero(frames.actions == action), logits[action]) for action in np.unique(frames.actions)]
        parts = np.concatenate([explained(indices, target) for indices, target in chosen])
        maps["action"] = parts[np.argsort(np.concatenate([indices for indices, _ in chosen]))]
    if method.supported([VALUE]):
        maps["value"] = explained(np.arange(len(frames.steps)), VALUE)
    return maps


def removal_results(checkpoint, frames: Frames, maps: Mapping[str, Mapping[str, np.ndarray]], options: TrustOptions, quiet=False) -> dict[str, dict[str, Any]]:
    """Removal curves by method and head: of the action's probability for its maps, of the value for its maps."""
    observations = np.asarray(normalize_observations(frames.observations))
    fill = fill_pictures(observations, PerturbationOptions(fill=options.fill, fill_sigma=options.fill_sigma))
    results: dict[str, dict[str, Any]] = {}
    with progress_bar("insertion and deletion", sum(map(len, maps.values())), unit="curve", quiet=quiet) as advance:
        for name, heads in maps.items():
            results[name] = {}
            for head, each in heads.items():
                order = resized(each, observations.shape[1:3])
                curves = removal_curves(checkpoint.network, checkpoint.parameters, observations, fill, order, frames.state, options.curve_steps)
                results[name][head] = curves[HEADS.index(head)]
                advance()
    return results


def summarize(curves) -> dict[str, Any]:
    """Mean curves, mean areas with 95 % intervals, and every frame's areas."""
    areas = {"deletion": curves.deletion_area, "insertion": curves.insertion_area}
    return {
        kind: {"curve": getattr(curves, kind).mean(axis=0).tolist(), "area": float(each.mean()), "interval": list(bootstrap_interval(each)), "areas": each.tolist()} for kind, each in areas.items()
    }


def judge(checkpoint, method: SaliencyMethod, settings, frames: Frames, curves: Mapping[str, Any], options: TrustOptions, quiet=False) -> dict[str, Any]:
    """What is known of one method."""
    result = {"name": method.name, "label": method.label, "signed": method.is_signed(settings), **{head: summarize(each) for head, each in curves.items()}}
    if method.name == "input_integrated_gradients":
        observations = np.asarray(normalize_observations(frames.observations))
        errors = completeness_error(checkpoint.network, checkpoint.parameters, observations, frames.state, [VALUE], settings)[0]
        result["completeness_error"] = float(np.median(errors))
    if options.randomize:
        head = "action" if "action" in curves else "value"
        result["randomized"] = head
        explain = _explainer(checkpoint, method, settings, frames, head)
        with progress_bar(f"randomization {method.name}", len(layers_from_the_top(checkpoint.network, checkpoint.parameters)), unit="layer", quiet=quiet) as advance:
            result["randomization"] = []
            for layers, similarity in randomization_curve(checkpoint.network, checkpoint.parameters, explain, options.seed):
                result["randomization"].append({"layers": layers, **_similarity(similarity)})
                advance()
    return result


def _explainer(checkpoint, method, settings, frames, head) -> Callable:
    return lambda parameters: explain_heads(checkpoint, parameters, method, settings, frames)[head]


def shares_in_box(checkpoint, heads: Mapping[str, np.ndarray], text: str) -> dict[str, Any]:
    """By head the mean share of its maps in a box, with an interval and every frame's share, and the share of an even map."""
    size = checkpoint.network.observation_shape[:2]
    box = find_box(text, size, checkpoint.network.num_actions, checkpoint.environment)
    result: dict[str, Any] = {"even": float(box_share(np.ones((1, *size)), box, size)[0])}
    for head, maps in heads.items():
        shares = box_share(maps, box, size)
        known = shares[np.isfinite(shares)]
        result[head] = {"share": float(known.mean()), "interval": list(bootstrap_interval(known)), "shares": known.tolist()} if len(known) else None
    return result


def agreement(maps: Mapping[str, np.ndarray], frames: Frames, worst: int) -> dict[str, Any]:
    """How similar methods' maps are, frame by frame, and where they differ most; magnitudes are compared."""
    pairs = [(a, b, rank_correlation(np.abs(maps[a]), np.abs(maps[b]))) for a, b in combinations(maps, 2)]
    if not pairs:
        return {"pairs": [], "disagreement": []}
    correlations = np.stack([each for _, _, each in pairs])
    known = np.isfinite(correlations)
    means = np.where(known, correlations, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    order = [index for index in np.argsort(means, kind="stable") if known[:, index].any()][:worst]
    return {
        "pairs": [{"methods": [a, b], **_similarity(each)} for a, b, each in pairs],
        "disagreement": [{"step": int(frames.steps[index]), "correlation": float(means[index])} for index in order],
    }


def _similarity(correlations: Sequence[float]) -> dict[str, Any]:
    known = np.asarray(correlations)[np.isfinite(correlations)]
    if not len(known):
        return {"correlation": None, "interval": None, "constant": len(correlations)}
    return {"correlation": float(known.mean()), "interval": list(bootstrap_interval(known)), "constant": len(correlations) - len(known)}
