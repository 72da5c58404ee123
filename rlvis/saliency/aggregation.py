"""From one score per mask to one number per pixel."""

import numpy as np
from PIL import Image

from rlvis.errors import OptionError
from rlvis.saliency.masks import MaskSet, interpolation_matrix


def interpolate_grid(scores: np.ndarray, masks: MaskSet) -> np.ndarray:
    """Scores at the masks' centres, interpolated linearly between them and constant beyond the last.

    Args:
        scores: `(N, K)`.
        masks: K masks on a grid.

    Returns:
        `(N, H, W)` float32.

    Raises:
        OptionError: if the masks are on no grid.
    """
    if masks.rows is None or masks.columns is None:
        raise OptionError('random masks lie on no grid; use aggregate="mask" or "rise" with them')
    height, width = masks.masks.shape[1:]
    rows = interpolation_matrix(masks.rows, np.arange(height))
    columns = interpolation_matrix(masks.columns, np.arange(width))
    return (rows @ scores.reshape(len(scores), len(masks.rows), len(masks.columns)) @ columns.T).astype(np.float32)


def published_resize(scores: np.ndarray, masks: MaskSet, dead_border: bool, byte_scaled: bool) -> np.ndarray:
    """The enlargement in Greydanus et al.'s published code, for those who compare with their pictures.

    The grid is enlarged as if each score covered a cell, which moves the map by half a stride.

    Args:
        scores: `(N, K)`.
        masks: K masks on a grid.
        dead_border: put a row and a column of zeros after the last.
        byte_scaled: stretch each grid to whole numbers from 0 to 255 before it is enlarged, as SciPy's old `imresize`
            did, then scale the result so that its maximum is the grid's: the smallest value becomes 0.

    Returns:
        `(N, H, W)` float32.
    """
    grids = scores.reshape(len(scores), len(masks.rows), len(masks.columns)).astype(np.float32)
    if dead_border:
        grids = np.pad(grids, ((0, 0), (0, 1), (0, 1)))
    size = masks.masks.shape[:0:-1]
    return np.stack([_resize_bytes(grid, size) if byte_scaled else np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BILINEAR)) for grid in grids])


def _resize_bytes(grid, size):
    low, high = grid.min(), grid.max()
    if high == low:
        return np.full(size[::-1], high, np.float32)
    levels = ((grid - low) * (255 / (high - low)) + 0.5).astype(np.uint8)
    enlarged = np.asarray(Image.fromarray(levels).resize(size, Image.Resampling.BILINEAR), np.float32)
    return enlarged * (high / enlarged.max())


def weight_by_masks(scores: np.ndarray, masks: MaskSet) -> np.ndarray:
    """The mean score of the masks that cover a pixel: `H(x) = Σ_k s_k M_k(x) / Σ_k M_k(x)`, 0 where none does.

    Args:
        scores: `(N, K)`.
        masks: K masks.

    Returns:
        `(N, H, W)` float32.

    Source: XAITK-saliency, weight_regions_by_scalar.
    """
    count, height, width = masks.masks.shape
    flat = masks.masks.reshape(count, -1)
    covered = flat.sum(axis=0)
    weighted = scores.astype(np.float32) @ flat / np.where(covered > 0, covered, 1)
    return weighted.reshape(-1, height, width)


def weight_randomly(scores: np.ndarray, masks: MaskSet) -> np.ndarray:
    """Covariance of the score with a pixel's being hidden: `H(x) = (1/K) Σ_k s_k (M_k(x) − p)`, p how often it is hidden.

    With `s = −u(x')` this is RISE's map, up to a factor; with `s = u(x) − u(x')` its expectation is the same, as hidden
    shares average out to p, and its variance is smaller.

    Args:
        scores: `(N, K)`, the larger the more hiding mattered.
        masks: K masks; p is their own mean where they are not random.

    Returns:
        `(N, H, W)` float32.

    Source: Petsiuk et al. 2018, equation 6, with the correction of XAITK-saliency's RISEScoring.
    """
    count, height, width = masks.masks.shape
    flat = masks.masks.reshape(count, -1)
    probability = flat.mean() if masks.probability is None else masks.probability
    return (scores.astype(np.float32) @ (flat - np.float32(probability)) / count).reshape(-1, height, width)
