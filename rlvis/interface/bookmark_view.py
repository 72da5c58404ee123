"""Frames worth looking at, in the view model; part of `view_model.py`'s index."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BookmarkView:
    """A frame worth looking at: its `trajectory`, `frame` and `advantage`."""

    trajectory: int
    frame: int
    advantage: float


@dataclass(frozen=True)
class BookmarksView:
    """`low`: the lowest advantages first (unexpected failures); `high`: the highest first (unexpected successes)."""

    low: Sequence[BookmarkView]
    high: Sequence[BookmarkView]


@dataclass(frozen=True)
class MarkView:
    """A frame worth looking at for another reason: its `trajectory`, `frame`, and the `value` that says why."""

    trajectory: int
    frame: int
    value: float


@dataclass(frozen=True)
class MarkListView:
    """A list of such frames, most extreme first: its `title`, in a few words what the values are, `meaning`, and the `marks`."""

    title: str
    meaning: str
    marks: Sequence[MarkView]
