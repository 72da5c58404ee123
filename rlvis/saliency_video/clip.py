"""From a checkpoint to a saliency video: play, explain every frame, colour, write."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from rlvis.attribution.targets import VALUE, Target, find_targets, policy_targets
from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.errors import OptionError, RolloutError
from rlvis.interface.scales import display_scale
from rlvis.interface.sheets import pictures as picture_observations
from rlvis.presentation import action_names, observation_format, seen_part
from rlvis.progress import progress_bar
from rlvis.rollouts.collect import collect_trajectory, environment_seed
from rlvis.rollouts.trajectory import Trajectory
from rlvis.saliency import POLICY, SaliencyMethod, find_method
from rlvis.saliency.frames import map_trajectory
from rlvis.saliency.normalization import normalize_maps
from rlvis.saliency.scores import softmax
from rlvis.saliency_maps import FRAMES_PER_BATCH, with_frame_stack
from rlvis.saliency_video.legend import add_title, key_line, step_line, text_strip
from rlvis.saliency_video.options import SaliencyVideoOptions, color_weights, parse_setting
from rlvis.saliency_video.overlay import enlarge_picture, one_sign, overlay, place_map
from rlvis.saliency_video.picture_files import frame_writer


def make_video(checkpoint: Checkpoint, path, options: SaliencyVideoOptions, quiet: bool = False) -> int:
    """Play an agent and write a video of what it looks at.

    Args:
        checkpoint: the agent, with its environment.
        path: the file, whose suffix says what is written, or a folder for pictures.
        options: everything else.
        quiet: no progress bars.

    Returns:
        How many frames there are.

    Raises:
        RlvisError: for anything the caller can put right.
    """
    methods = choose(options)
    targets = find_targets(options.outputs, (VALUE, POLICY, *policy_targets(action_names(checkpoint))))
    for method, _ in methods:
        if not method.supported(targets):
            raise OptionError(f"saliency method {method.name} explains none of {', '.join(options.outputs)}; it can explain: {', '.join(method.target_kinds)}")
    writer = frame_writer(path, options.fps)
    trajectory = play(checkpoint, options, quiet)
    shown = slice(options.start, len(trajectory))
    panels = [explain(checkpoint, method, settings, trajectory, shown, method.supported(targets), options, quiet) for method, settings in methods]
    with writer, progress_bar("pictures", shown.stop - shown.start, unit="frame", quiet=quiet) as advance:
        for picture in draw(checkpoint, trajectory, shown, [method for method, _ in methods], panels, targets, options):
            writer.write(picture)
            advance()
    return shown.stop - shown.start


def choose(options: SaliencyVideoOptions) -> list[tuple[SaliencyMethod, Any]]:
    """The methods with their options.

    Raises:
        OptionError: for a method or an option that does not exist.
    """
    methods = [find_method(name) for name in dict.fromkeys(options.methods)]
    given: dict[str, dict[str, Any]] = {method.name: {} for method in methods}
    for text in options.method_options:
        name, value = parse_setting(text)
        method, dot, name = name.rpartition(".")
        known = [each for each in methods if (not dot or each.name == method) and name in [item.name for item in fields(each.options)]]
        if not known:
            raise OptionError(f"none of the chosen methods has the option in {text!r}; expected METHOD.NAME=VALUE with METHOD among {', '.join(given)}")
        for each in known:
            given[each.name][name] = value
    return [(method, method.make_options(given[method.name])) for method in methods]


def play(checkpoint: Checkpoint, options: SaliencyVideoOptions, quiet: bool = False) -> Trajectory:
    """The steps up to the last one shown."""
    if checkpoint.environment is None:
        raise RolloutError("the checkpoint does not say which environment it plays; name one with --env")
    steps = options.start + options.frames
    with progress_bar("play", steps + 1, quiet=quiet) as advance:
        seed = environment_seed(options.seed, "trajectory", 0)
        return collect_trajectory(checkpoint, steps, seed, human_frames=options.picture == "raw", greedy=options.greedy, progress=advance)


def explain(checkpoint, method: SaliencyMethod, settings, trajectory: Trajectory, shown: slice, targets: Sequence[Target], options: SaliencyVideoOptions, quiet: bool = False) -> dict[str, np.ndarray]:
    """A method's maps of the steps shown by output, `(T, h, w)` without negative values.

    Their largest value is 1 in each frame, or in the median frame of the clip: one outlier does not leave all others dark.
    """
    settings = with_frame_stack(settings, observation_format(checkpoint, trajectory.observations).stack)
    parts = []
    with progress_bar(method.label, shown.stop - shown.start, unit="frame", quiet=quiet) as advance:
        for frames, maps in map_trajectory(method, checkpoint.network, checkpoint.parameters, trajectory.observations[shown], targets, trajectory.state_at(shown), settings, FRAMES_PER_BATCH):
            parts.append(one_sign(maps, options.sign))
            advance(frames.stop - frames.start)
    maps = np.concatenate(parts, axis=1)
    if options.scale == "frame":
        return dict(zip([target.id for target in targets], normalize_maps(maps, "frame"), strict=True))
    return {target.id: of_target / display_scale(of_target.max(axis=(1, 2))) for target, of_target in zip(targets, maps, strict=True)}


def draw(checkpoint, trajectory: Trajectory, shown: slice, methods: Sequence[SaliencyMethod], panels, targets: Sequence[Target], options: SaliencyVideoOptions) -> Iterator[np.ndarray]:
    """The video's frames, `(H, W, 3)` uint8: one panel per method side by side, the legend below."""
    observations = picture_observations(trajectory.observations[shown], observation_format(checkpoint, trajectory.observations))
    raw = options.picture == "raw" and trajectory.frames is not None
    names, colors = action_names(checkpoint), [color_weights(color) for color in options.colors]
    probabilities, crop = softmax(trajectory.logits), seen_part(checkpoint)
    for number, step in enumerate(range(shown.start, shown.stop)):
        picture = trajectory.frames[step] if raw else _with_colors(observations[number])
        factor = max(1, round(options.height / picture.shape[0]))
        picture = enlarge_picture(picture, factor)
        box = [factor * edge for edge in crop] if raw and crop else None
        row = []
        for method, maps in zip(methods, panels, strict=True):
            lit = [(place_map(maps[target.id][number], picture.shape[:2], box, options.sigma), color) for target, color in zip(targets, colors) if target.id in maps]
            panel = overlay(picture, *zip(*lit, strict=True), options.intensity, options.blend)
            row.append(add_title(panel, panel_title(method, targets)) if options.legend else panel)
        together = np.concatenate(row, axis=1)
        if options.legend:
            action = int(trajectory.actions[step])
            line = step_line(step, names[action], float(probabilities[step, action]), float(trajectory.values[step]), float(trajectory.rewards[step]))
            together = np.concatenate([together, text_strip(together.shape[1], [line, key_line([target.label for target in targets], colors[: len(targets)])])])
        yield together


def panel_title(method: SaliencyMethod, targets: Sequence[Target]) -> str:
    """What is above a method's panel: its name, and what it explains where that is not all."""
    explained = method.supported(targets)
    return method.label if len(explained) == len(targets) else f"{method.label}: {', '.join(target.label for target in explained)} only"


def _with_colors(picture):
    return np.repeat(picture, 3, axis=-1) if picture.shape[-1] == 1 else picture
