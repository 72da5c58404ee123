"""A run's progress as series of points."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rlvis.errors import OutputError
from rlvis.training.options import TrainingOptions
from rlvis.training.run_directory import RunDirectory

# More points than a chart has pixels are of no use; a longer run's are averaged.
MOST_POINTS = 1500


@dataclass(frozen=True)
class Series:
    """One line of a chart.

    Attributes:
        label: what it is called.
        run: the number of its run on the page.
        steps: `(P,)` environment steps.
        hours: `(P,)` hours of training.
        values: `(P,)`.
        errors: `(P,)` standard errors, where they are known.
        points: whether each point is a measurement of its own, to be marked.
    """

    label: str
    run: int
    steps: np.ndarray
    hours: np.ndarray
    values: np.ndarray
    errors: np.ndarray | None = None
    points: bool = False


@dataclass(frozen=True)
class Run:
    """A training run as read from its directory.

    Attributes:
        label: what to call it: its directory's name.
        options: what it was told.
        config: the rest of its configuration.
        columns: of its progress, `(I,)` each.
    """

    label: str
    options: TrainingOptions
    config: Mapping[str, Any]
    columns: Mapping[str, np.ndarray]

    @classmethod
    def read(cls, path, label: str | None = None) -> "Run":
        """Read a run's directory.

        Raises:
            OutputError: if it is none, has no progress yet, or a table that says neither when nor after how many steps.
        """
        directory = RunDirectory(path)
        options, config = directory.read_config()
        columns = directory.read_progress()
        missing = [name for name in ("steps", "seconds") if name not in columns]
        if missing:
            raise OutputError(f"{directory.progress} is damaged: it has {'no column ' + ' and '.join(missing) if columns else 'no rows'}; train on with --resume, or leave the run out")
        return cls(label or Path(path).resolve().name, options, config, columns)


def series(run: Run, number: int, column: str, label: str) -> Series | None:
    """A column of a run as a series; `None` if the run does not have it, or nothing in it.

    Args:
        run: the run.
        number: of the run on the page.
        column: of its progress.
        label: what to call it.
    """
    if column not in run.columns:
        return None
    values = run.columns[column]
    known = np.isfinite(values)
    if not known.any():
        return None
    measured = column in ("train_return", "unseen_return")
    errors = run.columns.get(f"{column}_error")
    parts = [run.columns["steps"][known], run.columns["seconds"][known] / 3600, values[known]]
    if measured:
        return Series(label, number, *parts, errors=None if errors is None else np.nan_to_num(errors[known]), points=True)
    return Series(label, number, *(thin(part) for part in parts))


def thin(values: np.ndarray, most: int = MOST_POINTS) -> np.ndarray:
    """At most `most` values, means of equally many consecutive ones each; `(P,)` → `(min(P, ≤ most),)`."""
    if len(values) <= most:
        return values
    block = -(-len(values) // most)
    return np.array([values[start : start + block].mean() for start in range(0, len(values), block)])
