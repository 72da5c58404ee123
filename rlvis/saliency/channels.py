"""From one number per channel to one per pixel."""

from collections.abc import Callable

import numpy as np

from rlvis.errors import OptionError

REDUCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sum": lambda maps: maps.sum(axis=-1),
    "mean": lambda maps: maps.mean(axis=-1),
    "max": lambda maps: maps.max(axis=-1),
    "absolute_max": lambda maps: np.abs(maps).max(axis=-1),
    "norm": lambda maps: np.sqrt(np.square(maps).sum(axis=-1)),
}
UNSIGNED = ("absolute_max", "norm")


def reduce_channels(maps: np.ndarray, how: str) -> np.ndarray:
    """`(…, C)` to `(…)` by the named reduction, a key of `REDUCTIONS`; raises `OptionError` for another."""
    if how not in REDUCTIONS:
        raise OptionError(f"unknown way {how!r} to put channels together; there are {', '.join(REDUCTIONS)}")
    return REDUCTIONS[how](maps)
