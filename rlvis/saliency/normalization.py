"""Scales for maps: what counts as 1."""

import numpy as np

from rlvis.errors import OptionError

NORMALIZATIONS = ("none", "frame", "trajectory")


def normalize_maps(maps: np.ndarray, mode: str = "trajectory") -> np.ndarray:
    """Divide maps by their largest magnitude; maps that are zero everywhere stay so.

    Args:
        maps: `(…, T, h, w)`.
        mode: "frame": each frame by its own; "trajectory": all frames by one, so that they can be compared; "none".

    Raises:
        OptionError: for another mode.
    """
    if mode not in NORMALIZATIONS:
        raise OptionError(f"unknown normalization {mode!r}; there are {', '.join(NORMALIZATIONS)}")
    if mode == "none":
        return maps
    largest = np.abs(maps).max(axis=(-2, -1) if mode == "frame" else (-3, -2, -1), keepdims=True)
    return maps / np.where(largest > 0, largest, 1)


def stretch_map(maps: np.ndarray) -> np.ndarray:
    """Each map stretched from its smallest to its largest value onto [0, 1]; constant maps become 0."""
    low = maps.min(axis=(-2, -1), keepdims=True)
    spread = maps.max(axis=(-2, -1), keepdims=True) - low
    return (maps - low) / np.where(spread > 0, spread, 1)
