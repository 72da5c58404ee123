"""Moments worth looking at: where episodes went unexpectedly well or badly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bookmark:
    """A frame and its advantage."""

    trajectory: int
    frame: int
    advantage: float


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
