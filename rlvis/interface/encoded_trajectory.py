"""A trajectory as chunks, ready to be written; small enough to be sent between processes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlvis.errors import OutputError
from rlvis.interface.chunks import Chunk
from rlvis.interface.content import InterfaceContent, TimelineRow, TrajectoryContent
from rlvis.interface.encoding import episodes, trajectory_chunk
from rlvis.interface.sheets import sheet_chunk, shown_pictures
from rlvis.interface.view_model import HumanView, TrajectoryView

HUMAN_QUALITY = 80  # of lossy WebP


@dataclass(frozen=True)
class EncodedTrajectory:
    """A trajectory in the form it is written in.

    Attributes:
        view: what the page is told of it; it names the chunks.
        chunks: its numbers and pictures.
        human: the size of its human-resolution frames, if it has any.
        bookmarked_rows: those whose extremes are bookmarked.
        advantages, dones: `(T,)`, for the bookmarks.
    """

    view: TrajectoryView
    chunks: Sequence[Chunk]
    human: HumanView | None
    bookmarked_rows: Sequence[TimelineRow]
    advantages: np.ndarray
    dones: np.ndarray


def encode_trajectory(content: InterfaceContent, index: int, trajectory: TrajectoryContent) -> EncodedTrajectory:
    """Encode a trajectory, pictures a sheet at a time.

    Args:
        content: what the page is about.
        index: the trajectory's number.
        trajectory: its numbers and pictures.

    Raises:
        OutputError: if it does not fit the content, or holds numbers that cannot be shown.
    """
    if trajectory.logits.shape != (len(trajectory), len(content.actions)):
        raise OutputError(f"trajectory {trajectory.label!r} has logits {trajectory.logits.shape}, expected {(len(trajectory), len(content.actions))}")
    if trajectory.beside_logits is not None and trajectory.beside_logits.shape != trajectory.logits.shape:
        raise OutputError(f"trajectory {trajectory.label!r} has logits {trajectory.logits.shape}, those of the agent beside are {trajectory.beside_logits.shape}")
    missing = {part.id for part in content.memory} ^ set(trajectory.memory)
    if missing:
        raise OutputError(f"trajectory {trajectory.label!r} and the content disagree about the parts of the memory: {', '.join(sorted(missing))}")
    numbers = trajectory_chunk(f"trajectory-{index}", trajectory)
    frames = sheet_chunk(f"frames-{index}", shown_pictures(trajectory.observations, content.observation))
    seen = trajectory.human_frames
    human = [] if seen is None else [sheet_chunk(f"human-{index}", seen, HUMAN_QUALITY)]
    return EncodedTrajectory(
        TrajectoryView(trajectory.label, len(trajectory), trajectory.seed, numbers.name, frames.name, human[0].name if human else None, episodes(trajectory)),
        (numbers, frames, *human),
        None if seen is None else _human_view(*seen.shape[1:3], content.observation.crop),
        [row for row in trajectory.rows if row.bookmarked is not None],
        np.array(trajectory.advantages, np.float32),
        np.array(trajectory.dones, bool),
    )


def _human_view(height, width, crop):
    if crop is None:
        return HumanView(height, width)
    top, bottom, left, right = crop
    return HumanView(height, width, (top / height, bottom / height, left / width, right / width))
