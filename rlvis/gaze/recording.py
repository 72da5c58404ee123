"""Writes trials in the layout of Atari-HEAD: for recordings of one's own, for tests and for examples."""

import bz2
import csv
import io
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from rlvis.errors import DatasetError
from rlvis.gaze.atari_head import TABLE, Trial
from rlvis.gaze.frame_archive import FRAME_SIZE
from rlvis.gaze.trial_files import ARCHIVE_SUFFIX, GAZE_SUFFIX

_TABLE = ("Game", "TrialNumber", "SubjectID", "NumberOfFrames", "Score")
_GAZE = ("frame_id", "episode_id", "score", "duration(ms)", "unclipped_reward", "action", "gaze_positions")


def write_trial(directory, number: int, game: str, pictures: Iterable[np.ndarray], gaze: Sequence, *, name: str = "RL_0_Jan-01-00-00-00", actions: Sequence[int] | None = None) -> Trial:
    """Add a trial to a dataset in a directory; the table is made if it is not there.

    Args:
        directory: of the dataset.
        number: of the trial.
        game: such as "MsPacman".
        pictures: `(210, 160, 3)` uint8 each.
        gaze: per frame, positions x, y `(n, 2)` in pixels, n may be 0.
        name: of the recording: the player's initials, a number and the time; frames are named after the first two.
        actions: per frame, 0 if `None`.

    Returns:
        The trial.

    Raises:
        DatasetError: if a picture has another size.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    archive = directory / f"{number}_{name}{ARCHIVE_SUFFIX}"
    frame_name = "_".join(name.split("_")[:2])
    with bz2.open(archive, "wb") as stream, tarfile.open(fileobj=stream, mode="w|") as opened:
        for count, picture in enumerate(pictures, start=1):
            _add(opened, f"{number}_{name}/{frame_name}_{count}.png", picture)
    with open(archive.with_name(f"{number}_{name}{GAZE_SUFFIX}"), "w", encoding="utf-8") as stream:
        stream.write(",".join(_GAZE) + "\n")
        for index, positions in enumerate(gaze):
            coordinates = ",".join(f"{value:.2f}" for value in np.ravel(positions)) or "null"
            stream.write(f"{frame_name}_{index + 1},0,0,50,0,{actions[index] if actions is not None else 0},{coordinates}\n")
    table = directory / TABLE
    new = not table.exists()
    with open(table, "a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        if new:
            writer.writerow(_TABLE)
        writer.writerow((game, number, name.split("_")[0], len(gaze), 0))
    return Trial(number, game, len(gaze), archive, archive.with_name(f"{number}_{name}{GAZE_SUFFIX}"))


def _add(archive, name, picture):
    if picture.shape != (FRAME_SIZE[1], FRAME_SIZE[0], 3) or picture.dtype != np.uint8:
        raise DatasetError(f"a frame has shape {picture.shape} and type {picture.dtype}; expected (210, 160, 3) and uint8")
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    member = tarfile.TarInfo(name)
    member.size = data.tell()
    data.seek(0)
    archive.addfile(member, data)
