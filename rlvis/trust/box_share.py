"""How much of a map lies in a rectangle: a number for "the agent looks at the hint"."""

import re

import numpy as np

from rlvis.environments.hints import hint_box
from rlvis.environments.specification import EnvironmentSpecification
from rlvis.errors import OptionError
from rlvis.trust.rank_correlation import resized

HINT = "hint"
Box = tuple[slice, slice]


def box_share(maps: np.ndarray, box: Box, size: tuple[int, int]) -> np.ndarray:
    """`ρ = Σ_box |S| / Σ |S|` of each map.

    Args:
        maps: S, `(N, h, w)`; enlarged to the observations' size first if they are smaller.
        box: rows and columns of the observation.
        size: `(H, W)` of the observation.

    Returns:
        `(N,)` float64; NaN where a map is zero everywhere. A map that is the same everywhere has the box's share of the area.
    """
    magnitudes = np.abs(resized(maps, size)).astype(float)
    total = magnitudes.sum(axis=(1, 2))
    return np.divide(magnitudes[:, box[0], box[1]].sum(axis=(1, 2)), total, out=np.full(len(maps), np.nan), where=total > 0)


def find_box(text: str, size: tuple[int, int], num_actions: int, environment: EnvironmentSpecification | None = None) -> Box:
    """The rectangle that "FIRST:STOP,FIRST:STOP" (rows, columns) names, or "hint": where the marks of hints are.

    Args:
        text: as above.
        size: `(H, W)` of the observations.
        num_actions: of the agent.
        environment: what it plays.

    Raises:
        OptionError: for anything else, or a rectangle that is not in the picture.
    """
    if text == HINT:
        if environment is not None and environment.kind != HINT:
            raise OptionError(f"box {HINT!r} is where the hints are, but the agent plays {environment.kind} {environment.name}, without hints; give rows and columns, such as 11:13,29:58")
        return hint_box(*size, num_actions)
    match = re.fullmatch(r"(\d+):(\d+),(\d+):(\d+)", text)
    top, bottom, left, right = map(int, match.groups()) if match else (0, 0, 0, 0)
    if not (top < bottom <= size[0] and left < right <= size[1]):
        raise OptionError(f"box takes rows and columns of the observation, such as 11:13,29:58, within {size[0]} × {size[1]}, or {HINT!r}; got {text!r}")
    return slice(top, bottom), slice(left, right)
