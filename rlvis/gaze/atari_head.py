"""The Atari-HEAD dataset as published: a table of trials; per trial an archive of frames and a text file of gaze.

    meta_data.csv                  one line per trial
    52_RZ_2394668_….tar.bz2        frames RZ_2394668_…_1.png, …_2.png, …, 160 × 210 pixels
    52_RZ_2394668_….txt            one line per frame: what was done, and where the player looked

Source: Zhang et al. 2020, "Atari-HEAD: Atari human eye-tracking and demonstration dataset".
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlvis.errors import DatasetError

ARCHIVE_SUFFIX, GAZE_SUFFIX = ".tar.bz2", ".txt"
# By what is meant, the column names of the table; those of its later versions second.
_COLUMNS = {"game": ("Game", "GameName"), "number": ("TrialNumber", "trial_id"), "frames": ("NumberOfFrames", "total_frame")}
_FIELDS_BEFORE_GAZE = 6
_LARGEST_TEXT = 1 << 30


@dataclass(frozen=True)
class Trial:
    """One person playing for some minutes.

    Attributes:
        number: the trial's.
        game: as in Gym's ids, such as "MsPacman".
        num_frames: frames, as the table says.
        archive: the frames.
        gaze_file: where the player looked.
    """

    number: int
    game: str
    num_frames: int
    archive: Path
    gaze_file: Path


@dataclass(frozen=True)
class Gaze:
    """Where the player looked at each frame, in the order of the frames' numbers.

    Attributes:
        numbers: `(F,)` int, the frames' numbers; frame 1 is usually the first.
        positions: per frame `(n, 2)` float, x and y in pixels of the 160 × 210 picture.
        actions: `(F,)` int, the player's actions as numbers of the console's 18; −1 where unknown.
        rewards: `(F,)` float, earned in each frame; 0 where unknown.
        episodes: `(F,)` int, numbers of episodes; −1 where unknown.
    """

    numbers: np.ndarray
    positions: tuple[np.ndarray, ...]
    actions: np.ndarray
    rewards: np.ndarray
    episodes: np.ndarray


def list_trials(directory, game: str | None = None) -> tuple[Trial, ...]:
    """The trials of a game, by number.

    Args:
        directory: holds `meta_data.csv`; archives and text files are beside it or in folders below.
        game: such as "MsPacman" or "ms_pacman"; all games if `None`.

    Raises:
        DatasetError: if the table cannot be read, there are no trials of the game, or one's files are missing.
    """
    directory = Path(directory)
    rows = [row for row in _read_table(directory / "meta_data.csv") if game is None or plain_name(row[0]) == plain_name(game)]
    if not rows:
        games = sorted({row[0] for row in _read_table(directory / "meta_data.csv")})
        raise DatasetError(f"{directory} has no trials of {game}; it has {', '.join(games) or 'none at all'}")
    files = {path.name.split("_")[0]: path for path in sorted(directory.rglob(f"*{ARCHIVE_SUFFIX}"))}
    trials = []
    for name, number, frames in sorted(rows, key=lambda row: row[1]):
        archive = files.get(str(number))
        gaze_file = archive and archive.with_name(archive.name.removesuffix(ARCHIVE_SUFFIX) + GAZE_SUFFIX)
        if archive is None or not gaze_file.is_file():
            missing = gaze_file.name if archive else f"{number}_….tar.bz2"
            raise DatasetError(f"trial {number} is in {directory / 'meta_data.csv'}, but its file {missing} is not below {directory}; download it, or take the trial's line out")
        trials.append(Trial(number, name, frames, archive, gaze_file))
    return tuple(trials)


def plain_name(game: str) -> str:
    """A game's name without capitals and underscores, for comparing."""
    return game.replace("_", "").lower()


def _read_table(path):
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            names = {key: next((name for name in choices if name in (reader.fieldnames or ())), None) for key, choices in _COLUMNS.items()}
            if None in names.values():
                raise DatasetError(f"{path} has the columns {', '.join(reader.fieldnames or ('none',))}; expected Game, TrialNumber and NumberOfFrames")
            # Lines with empty fields are trials that the authors mark as unusable.
            rows = [row for row in reader if all(isinstance(value, str) and value.strip().lower() not in ("", "nan") for value in row.values())]
            return [(row[names["game"]].strip().replace("Mspacman", "MsPacman"), int(float(row[names["number"]])), int(float(row[names["frames"]]))) for row in rows]
    except FileNotFoundError as error:
        raise DatasetError(f"there is no {path}; give the directory of the Atari-HEAD dataset, with meta_data.csv in it") from error
    except (OSError, ValueError, OverflowError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error


def read_gaze(path) -> Gaze:
    """A trial's gaze.

    Lines are `frame_id, episode_id, score, duration, unclipped_reward, action, x0, y0, x1, y1, …`, the number of the frame
    is what follows the last underscore of frame_id, and "null" stands for what is missing.

    Raises:
        DatasetError: if the file is no such text; the message names the line.
    """
    frames = {}
    try:
        if Path(path).stat().st_size > _LARGEST_TEXT:
            raise DatasetError(f"{path} is larger than a trial's gaze can be")
        with open(path, encoding="utf-8") as stream:
            next(stream, None)
            for line_number, line in enumerate(stream, start=2):
                fields = line.rstrip("\r\n").split(",")
                if fields != [""]:
                    number, *rest = _read_line(fields, path, line_number)
                    frames[number] = rest
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error
    if not frames:
        raise DatasetError(f"{path} has no line with a frame")
    numbers = sorted(frames)
    positions, actions, rewards, episodes = zip(*(frames[number] for number in numbers), strict=True)
    return Gaze(np.array(numbers), positions, np.array(actions), np.array(rewards, float), np.array(episodes))


def _read_line(fields, path, line_number):
    try:
        number = int(fields[0].rsplit("_", 1)[1])
        coordinates = [field for field in fields[_FIELDS_BEFORE_GAZE:] if field.strip() not in ("", "null")]
        positions = np.array(coordinates, float).reshape(-1, 2)
        episode, reward, action = (_whole_number(fields, index, missing) for index, missing in ((1, -1), (4, 0), (5, -1)))
    except (ValueError, IndexError, OverflowError) as error:
        raise DatasetError(f"{path}, line {line_number}: expected frame_id, episode_id, score, duration, unclipped_reward, action and pairs of gaze coordinates, got {','.join(fields)[:80]!r}") from error
    return number, positions[np.isfinite(positions).all(1)], action, reward, episode


def _whole_number(fields, index, missing):
    text = fields[index].strip() if index < len(fields) else "null"
    return missing if text in ("", "null") else int(float(text))
