"""The Atari-HEAD dataset as published: a table of trials; per trial an archive of frames and a text file of gaze.

    meta_data.csv                              one line per trial
    ms_pacman/52_RZ_2394668_Aug-10-….tar.bz2   frames 52_RZ_2394668_Aug-10-…/RZ_2394668_1.png, …_2.png, …, 160 × 210 pixels
    ms_pacman/52_RZ_2394668_Aug-10-….txt       one line per frame: what was done, and where the player looked

The games are published as zip files, which have to be unpacked; the trials' archives are read as they are.

Source: Zhang et al. 2020, "Atari-HEAD: Atari human eye-tracking and demonstration dataset".
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlvis.errors import DatasetError
from rlvis.gaze.trial_files import find_trial_files

TABLE = "meta_data.csv"
# By what is meant, the column names of the table; those of its later versions second.
_COLUMNS = {"game": ("Game", "GameName"), "number": ("TrialNumber", "trial_id"), "frames": ("NumberOfFrames", "total_frame")}
_EMPTY = ("", "nan", "na", "n/a", "null", "none")
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

    Lines of the table with empty fields are left out, as in the published evaluation (`incomplete_trials`).

    Args:
        directory: holds `meta_data.csv`; archives and text files are beside it or in folders below.
        game: such as "MsPacman" or "ms_pacman"; all games if `None`.

    Raises:
        DatasetError: if the table cannot be read, there are no trials of the game, or one's files are missing.
    """
    directory = Path(directory)
    complete, _ = _read_table(directory / TABLE)
    rows = {number: (number, name, frames) for name, number, frames in reversed(complete) if game is None or plain_name(name) == plain_name(game)}
    if not rows:
        games = sorted({name for name, _, _ in complete})
        raise DatasetError(f"{directory} has no trials of {game or 'any game'}; it has {', '.join(games) or 'none at all'}")
    files = find_trial_files(directory, rows)
    return tuple(Trial(*rows[number], *files[number]) for number in sorted(rows))


def incomplete_trials(directory, game: str | None = None) -> tuple[int, ...]:
    """Numbers of a game's trials that are left out since a field of theirs in the table is empty."""
    complete, incomplete = _read_table(Path(directory) / TABLE)
    numbers = {number for name, number in incomplete if game is None or plain_name(name) == plain_name(game)}
    return tuple(sorted(numbers - {number for _, number, _ in complete}))


def plain_name(game: str) -> str:
    """A game's name without capitals and underscores, for comparing."""
    return game.replace("_", "").lower()


def _read_table(path):
    """`(game, number, frames)` of the complete lines, and `(game, number)` of the others as far as they say that."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            names = {key: next((name for name in choices if name in (reader.fieldnames or ())), None) for key, choices in _COLUMNS.items()}
            if None in names.values():
                raise DatasetError(f"{path} has the columns {', '.join(reader.fieldnames or ('none',))}; expected Game, TrialNumber and NumberOfFrames")
            complete, incomplete = [], []
            for row in reader:
                game, number, frames = (None if _is_empty(row[names[key]]) else row[names[key]].strip() for key in _COLUMNS)
                if game is None or number is None:
                    continue
                entry = game.replace("Mspacman", "MsPacman"), int(float(number))
                if frames is None or any(map(_is_empty, row.values())):
                    incomplete.append(entry)
                else:
                    complete.append((*entry, int(float(frames))))
            return complete, incomplete
    except FileNotFoundError as error:
        raise DatasetError(f"there is no {path}; give the directory of the Atari-HEAD dataset, with {TABLE} in it") from error
    except (OSError, ValueError, OverflowError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error


def _is_empty(value):
    return not isinstance(value, str) or value.strip().lower() in _EMPTY


def read_gaze(path) -> Gaze:
    """A trial's gaze.

    Lines are `frame_id, episode_id, score, duration, unclipped_reward, action, x0, y0, x1, y1, …`, the number of the frame
    is what follows the last underscore of frame_id, and "null" stands for what is missing. The first line is a heading.

    Raises:
        DatasetError: if the file is no such text; the message names the line.
    """
    frames = {}
    try:
        if Path(path).stat().st_size > _LARGEST_TEXT:
            raise DatasetError(f"{path} is larger than a trial's gaze can be")
        with open(path, encoding="utf-8-sig") as stream:
            next(stream, None)
            for line_number, line in enumerate(stream, start=2):
                fields = line.strip().split(",")
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
        coordinates = [field for field in fields[_FIELDS_BEFORE_GAZE:] if field.strip().lower() not in ("", "null")]
        positions = np.array(coordinates, float).reshape(-1, 2)
        episode, reward, action = (_whole_number(fields, index, missing) for index, missing in ((1, -1), (4, 0), (5, -1)))
    except (ValueError, IndexError, OverflowError) as error:
        raise DatasetError(f"{path}, line {line_number}: expected frame_id, episode_id, score, duration, unclipped_reward, action and pairs of gaze coordinates, got {','.join(fields)[:80]!r}") from error
    return number, positions[np.isfinite(positions).all(1)], action, reward, episode


def _whole_number(fields, index, missing):
    text = fields[index].strip() if index < len(fields) else "null"
    return missing if text.lower() in ("", "null") else int(float(text))
