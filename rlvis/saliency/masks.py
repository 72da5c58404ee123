"""Masks: which part of a picture each perturbation touches, 1 where it is replaced and 0 where it stays.

Other tools write masks the other way round (1 = keep); `1 − masks` turns one into the other.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rlvis.errors import OptionError
from rlvis.saliency.blur import gaussian_matrix

Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class MaskSet:
    """K masks of one picture size.

    Attributes:
        masks: `(K, H, W)` float32 in [0, 1], 1 where the picture is replaced.
        rows, columns: centres of a regular grid in pixels, K = rows × columns, row by row; `None` for masks without one.
        probability: how likely a random mask replaces a pixel; `None` for masks that are not random.
    """

    masks: np.ndarray
    rows: np.ndarray | None = None
    columns: np.ndarray | None = None
    probability: float | None = None

    def __len__(self):
        return len(self.masks)


def disc_masks(height: int, width: int, stride: int = 5, radius: float = 5.0) -> MaskSet:
    """Soft discs around every stride-th pixel.

    `M_ij ∝ gaussian([(x − j)² + (y − i)² ≤ 1], σ = radius)`, with maximum 1, for i, j ∈ {0, stride, 2·stride, …}.

    Args:
        height, width: of the picture.
        stride: pixels between centres, in both directions.
        radius: σ of the Gaussian in pixels.

    Source: Greydanus et al. 2018, section 3.1, and their published code.
    """
    return _ellipses(height, width, (1.0, 1.0), (stride, stride), (radius, radius), np.less_equal)


def sliding_radial(height: int, width: int, radius: tuple[float, float] = (50, 50), stride: Pair = (20, 20), sigma: tuple[float, float] | None = None) -> MaskSet:
    """Ellipses around every stride-th pixel, hard or blurred.

    `M_ij = [((y − i)/r_y)² + ((x − j)/r_x)² < 1]`, if `sigma` is given blurred with it and scaled to maximum 1.

    Args:
        height, width: of the picture.
        radius, stride, sigma: (vertical, horizontal) in pixels.

    Source: XAITK-saliency, SlidingRadial.
    """
    return _ellipses(height, width, radius, stride, sigma, np.less)


def _ellipses(height, width, radius, stride, sigma, inside):
    if min(stride) < 1 or min(radius) <= 0:
        raise OptionError(f"masks need a stride of at least 1 and a positive radius; got stride {stride} and radius {radius}")
    rows, columns = np.arange(0, height, stride[0]), np.arange(0, width, stride[1])
    vertical = ((np.arange(height) - rows[:, None]) / radius[0]) ** 2
    horizontal = ((np.arange(width) - columns[:, None]) / radius[1]) ** 2
    masks = inside(vertical[:, None, :, None] + horizontal[None, :, None, :], 1).reshape(-1, height, width).astype(np.float64)
    if sigma is not None:
        masks = gaussian_matrix(height, float(sigma[0])) @ masks @ gaussian_matrix(width, float(sigma[1])).T
        masks /= masks.max(axis=(1, 2), keepdims=True)
    return MaskSet(masks.astype(np.float32), rows, columns)


def sliding_window(height: int, width: int, window: Pair = (50, 50), stride: Pair = (20, 20)) -> MaskSet:
    """Boxes slid over the picture, the first and last hanging over its edges by equal amounts.

    Where the stride divides the window, pixels away from the edges are covered equally often.

    Args:
        height, width: of the picture.
        window, stride: (vertical, horizontal) in pixels.

    Source: XAITK-saliency, SlidingWindow.
    """
    if min(stride) < 1 or min(window) < 1:
        raise OptionError(f"masks need a stride and a window of at least 1; got stride {stride} and window {window}")
    rows, row_centres = _slide(height, window[0], stride[0])
    columns, column_centres = _slide(width, window[1], stride[1])
    masks = rows[:, None, :, None] & columns[None, :, None, :]
    return MaskSet(masks.reshape(-1, height, width).astype(np.float32), row_centres, column_centres)


def _slide(size, window, stride):
    starts = np.arange(0, size, stride)
    starts = starts - (window - (size - starts[-1])) // 2
    positions = np.arange(size)
    covered = (positions >= starts[:, None]) & (positions < starts[:, None] + window)
    return covered, starts + (window - 1) / 2


def random_masks(height: int, width: int, count: int = 500, cells: int = 8, keep: float = 0.5, seed: int = 0) -> MaskSet:
    """Smooth random masks: coarse random grids, enlarged and shifted.

    Args:
        height, width: of the picture.
        count: K.
        cells: cells of the coarse grid along each axis.
        keep: the probability that a cell stays as it is.
        seed: of the randomness.

    Source: Petsiuk et al. 2018 (RISE), section 3.2.
    """
    if not 0 < keep < 1 or count < 1 or cells < 1:
        raise OptionError(f"random masks need at least one mask and one cell, and 0 < keep < 1; got {count}, {cells} and {keep}")
    generator = np.random.default_rng(seed)
    grids = (generator.random((count, cells + 1, cells + 1)) >= keep).astype(np.float32)
    sizes = -(-height // cells), -(-width // cells)
    shifts = generator.random((count, 2)) * sizes
    masks = np.empty((count, height, width), np.float32)
    for index, (grid, shift) in enumerate(zip(grids, shifts, strict=True)):
        rows, columns = (interpolation_matrix(np.arange(cells + 1) * step, np.arange(size) + offset) for step, size, offset in zip(sizes, (height, width), shift, strict=True))
        masks[index] = rows @ grid @ columns.T
    return MaskSet(masks, probability=1 - keep)


def interpolation_matrix(knots: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The matrix of linear interpolation from values at ascending knots to positions; constant beyond the ends.

    Returns:
        `(positions, knots)` float64.
    """
    numbers = np.arange(len(knots))
    return np.maximum(0, 1 - np.abs(np.interp(positions, knots, numbers)[:, None] - numbers))


MASKS: dict[str, Callable[..., MaskSet]] = {"disc": disc_masks, "radial": sliding_radial, "window": sliding_window, "random": random_masks}
