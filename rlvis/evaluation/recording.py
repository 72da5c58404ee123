"""Videos of an evaluation."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from rlvis.attribution.receptive_field import over_pixels
from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.evaluation.options import EvaluationOptions
from rlvis.evaluation.perception import processed_picture, raw_picture, stack_pictures, tile
from rlvis.evaluation.play import Step, play
from rlvis.video import VideoWriter

PERCEPTION, PLAIN = "perception", "videos/games"


def record(checkpoint: Checkpoint, directory, options: EvaluationOptions, largest: float, advance=lambda: None) -> list[Path]:
    """Play the same episodes again, and write the videos that the options ask for.

    Nothing but the current step is in memory, and all frames have one scale: that is why it is played twice.

    Args:
        checkpoint: the agent.
        directory: to write to.
        options: of the evaluation.
        largest: the largest attention on any pixel of the evaluation, which becomes 1.
        advance: called after every step.

    Returns:
        The files.
    """
    paths = {name: Path(directory) / f"{name}.{options.video_format}" for name in wanted(options)}
    with ExitStack() as stack:
        writers = {name: stack.enter_context(VideoWriter(path, options.fps)) for name, path in paths.items()}
        for step in play(checkpoint, options, pictures=options.raw_obs or options.video_recorder):
            if PERCEPTION in writers:
                writers[PERCEPTION].write(to_bytes(perception(checkpoint, step, options, largest)))
            if PLAIN in writers:
                writers[PLAIN].write(tile([_shown(picture, active) for picture, active in zip(_pictures(step), step.active, strict=True)]))
            advance()
    return list(paths.values())


def wanted(options: EvaluationOptions) -> list[str]:
    """Which videos the options ask for."""
    return [PERCEPTION] * (options.raw_obs or options.processed_obs) + [PLAIN] * options.video_recorder


def perception(checkpoint: Checkpoint, step: Step, options: EvaluationOptions, largest: float) -> np.ndarray:
    """One frame of the perception video, in [0, 1]: all environments beside each other, those that are done black."""
    maps = rendered_attention(checkpoint, step)
    attention = [None] * len(step.active) if maps is None else maps / (largest if largest > 1e-8 else 1)
    pictures = []
    for index, active in enumerate(step.active):
        raw = raw_picture(_pictures(step)[index], attention[index]) if options.raw_obs else None
        processed = processed_picture(step.moment.observations[index], attention[index]) if options.processed_obs else None
        both = stack_pictures(raw, processed) if raw is not None and processed is not None else raw if raw is not None else processed
        pictures.append(_shown(both, active))
    return tile(pictures)


def rendered_attention(checkpoint: Checkpoint, step: Step) -> np.ndarray | None:
    """Attention over the observation's pixels, `(N, H, W)`; `None` for a network without."""
    maps = step.decision.attention
    return None if maps is None else over_pixels(checkpoint.network, maps)


def to_bytes(picture: np.ndarray) -> np.ndarray:
    """A picture in [0, 1] as uint8."""
    return (np.clip(picture, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def _pictures(step):
    return step.moment.observations[..., -3:] if step.moment.frames is None else step.moment.frames


def _shown(picture, active):
    return picture if active else np.zeros_like(picture)
