"""A trial's frames and its gaze, matched by the frames' numbers: what is shown is the archive's frames, in that order."""

from dataclasses import dataclass

import numpy as np

from rlvis.errors import DatasetError
from rlvis.gaze.atari_head import Gaze, Trial, read_gaze
from rlvis.gaze.frame_archive import frame_numbers


@dataclass(frozen=True)
class MatchedGaze:
    """Gaze of every frame that a trial's archive has.

    Attributes:
        gaze: one entry per frame; nowhere, nothing done and nothing earned where the text file has no line for it.
        frames_without_line: how many such frames there are.
        lines_without_frame: how many lines of the text file are for frames that the archive does not have; they are left out.
        gaps: how often the frames' numbers do not follow one another; the frames around a gap are shown as if they did.
    """

    gaze: Gaze
    frames_without_line: int
    lines_without_frame: int
    gaps: int


def match_gaze(trial: Trial) -> MatchedGaze:
    """The gaze of a trial, frame by frame of its archive.

    Raises:
        DatasetError: if either file is damaged, or most frames have no line, so that they cannot belong together.
    """
    numbers, read = frame_numbers(trial.archive), read_gaze(trial.gaze_file)
    lines = dict(zip(read.numbers.tolist(), range(len(read.numbers)), strict=True))
    found = [lines.get(number) for number in numbers.tolist()]
    missing = found.count(None)
    if 2 * missing > len(found):
        raise DatasetError(f"{trial.gaze_file.name} has no line for {missing} of the {len(found)} frames in {trial.archive.name}; they do not belong together, or one is not complete: download the trial again")
    nowhere = np.zeros((0, 2))
    gaze = Gaze(
        numbers,
        tuple(nowhere if line is None else read.positions[line] for line in found),
        np.array([-1 if line is None else read.actions[line] for line in found]),
        np.array([0.0 if line is None else read.rewards[line] for line in found]),
        np.array([-1 if line is None else read.episodes[line] for line in found]),
    )
    return MatchedGaze(gaze, missing, len(lines) - (len(found) - missing), int((np.diff(numbers) != 1).sum()))


def notes_on(trial: Trial) -> list[str]:
    """What does not fit together in a trial's files, as sentences."""
    matched, number = match_gaze(trial), f"Trial {trial.number}:"
    count = len(matched.gaze.numbers)
    notes = []
    if count != trial.num_frames:
        notes.append(f"{number} the archive has {count} frames where the table says {trial.num_frames}.")
    if matched.frames_without_line:
        notes.append(f"{number} {matched.frames_without_line} frames have no line in the text file, and so no gaze.")
    if matched.lines_without_frame:
        notes.append(f"{number} {matched.lines_without_frame} lines of the text file are for frames that the archive does not have; they are left out.")
    if matched.gaps:
        notes.append(f"{number} the frames' numbers have {matched.gaps} gaps; frames around them are shown as if they followed one another.")
    if not any(len(positions) for positions in matched.gaze.positions):
        notes.append(f"{number} there is no gaze at all, so nothing can be scored.")
    return notes
