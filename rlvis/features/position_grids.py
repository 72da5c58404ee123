"""Grids of positions over a layer, coarser or finer than its own cells, and the activations there.

The layer is padded by its edge cells and zoomed linearly by `s − (s − 1)/(h + 2)`, as `scipy.ndimage.zoom` does with
order 1, then the border is dropped: s = 1 gives the layer's own cells, s = 2 a grid about twice as dense.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class AxisGrid:
    """Positions along one axis of a layer.

    Attributes:
        lower, upper: the two cells each position lies between, `(n,)`.
        fraction: how far it is from the lower to the upper, `(n,)` float32.
        centres: the positions in units of cells, `(n,)` float32; cell i has its centre at i + ½.
    """

    lower: np.ndarray
    upper: np.ndarray
    fraction: np.ndarray
    centres: np.ndarray

    def __len__(self):
        return len(self.centres)


def axis_grid(cells: int, subdivision: float) -> AxisGrid:
    """The grid of positions with `subdivision` (s) of them per cell, roughly; it may be empty."""
    padded = cells + 2
    count = round(padded * (subdivision - (subdivision - 1) / padded))
    coordinates = np.arange(count) * ((padded - 1) / (count - 1)) if count > 1 else np.zeros(count)
    coordinates = coordinates[1:-1]
    below = np.minimum(coordinates.astype(int), padded - 2)
    return AxisGrid(
        lower=np.clip(below - 1, 0, cells - 1),
        upper=np.clip(below, 0, cells - 1),
        fraction=(coordinates - below).astype(np.float32),
        centres=(coordinates - 0.5).astype(np.float32),
    )


def interpolate(cells: np.ndarray, rows: AxisGrid, columns: AxisGrid, positions: np.ndarray) -> np.ndarray:
    """Activations of every observation at some positions of a grid.

    Args:
        cells: one feature's activations, `(h, w, N)` float32.
        rows, columns: the grid.
        positions: numbers of positions in row-major order, `(P,)`.

    Returns:
        `(P, N)` float32.
    """
    row, column = np.divmod(positions, len(columns))
    t, u = rows.fraction[row][:, None], columns.fraction[column][:, None]
    above, below = rows.lower[row], rows.upper[row]
    left, right = columns.lower[column], columns.upper[column]
    if not t.any() and not u.any():
        return cells[above, left]
    top = cells[above, left] * (1 - u) + cells[above, right] * u
    bottom = cells[below, left] * (1 - u) + cells[below, right] * u
    return top * (1 - t) + bottom * t
