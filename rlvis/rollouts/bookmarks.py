"""Moments worth looking at: where episodes went unexpectedly well or badly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Frames nearer to each other than this show the same scene.
SPACING = 32


@dataclass(frozen=True)
class Bookmark:
    """A frame and its advantage."""

    trajectory: int
    frame: int
    advantage: float


@dataclass(frozen=True)
class Extreme:
    """A frame and the value that is extreme there."""

    trajectory: int
    frame: int
    value: float


def episode_slices(dones: np.ndarray) -> list[slice]:
    """The episodes of a trajectory, the parts that its ends cut off included; `dones` is `(T,)`."""
    ends = np.flatnonzero(dones) + 1
    bounds = [0, *[end for end in ends if end < len(dones)], len(dones)]
    return [slice(start, stop) for start, stop in zip(bounds[:-1], bounds[1:], strict=True)]


def find_bookmarks(advantages: Sequence[np.ndarray], dones: Sequence[np.ndarray], count: int = 16) -> tuple[list[Bookmark], list[Bookmark]]:
    """The most extreme advantages, at most one of each sign per episode.

    Args:
        advantages, dones: `(T,)` for each trajectory.
        count: how many to keep of each sign.

    Returns:
        `(low, high)`: per episode the first step of the lowest strictly negative, and of the highest strictly
        positive, advantage; most extreme first.

    Source: Hilton et al. 2020, "Bookmarks"; attribution of failures and successes.
    """
    low, high = [], []
    for index, (advantage, done) in enumerate(zip(advantages, dones, strict=True)):
        for episode in episode_slices(done):
            part = advantage[episode]
            worst, best = int(part.argmin()), int(part.argmax())
            if part[worst] < 0:
                low.append(Bookmark(index, episode.start + worst, float(part[worst])))
            if part[best] > 0:
                high.append(Bookmark(index, episode.start + best, float(part[best])))
    low.sort(key=lambda bookmark: bookmark.advantage)
    high.sort(key=lambda bookmark: -bookmark.advantage)
    return low[:count], high[:count]


def find_extremes(values: Sequence[np.ndarray], count: int, highest: bool = False, spacing: int = SPACING) -> list[Extreme]:
    """The lowest (or highest) values of all trajectories, most extreme first, none nearer than `spacing` frames to another.

    Args:
        values: `(T,)` for each trajectory; NaN is never chosen.
        count: how many at most.
        highest: the highest instead of the lowest.
        spacing: in frames.
    """
    sign = -1 if highest else 1
    found = []
    for index, row in enumerate(values):
        left = sign * np.asarray(row, np.float64)
        left[~np.isfinite(left)] = np.inf
        for _ in range(count):
            frame = int(left.argmin())
            if left[frame] == np.inf:
                break
            found.append(Extreme(index, frame, float(row[frame])))
            left[max(frame - spacing + 1, 0) : frame + spacing] = np.inf
    found.sort(key=lambda extreme: sign * extreme.value)
    return found[:count]
