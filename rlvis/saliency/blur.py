"""Gaussian blur as a product with one small matrix per axis: exact, jit-friendly, and the same as SciPy's."""

from functools import lru_cache

import numpy as np

from rlvis.errors import OptionError

# Where SciPy's gaussian_filter cuts the kernel off, in standard deviations.
TRUNCATE = 4.0


@lru_cache(maxsize=64)
def gaussian_matrix(size: int, sigma: float) -> np.ndarray:
    """The matrix B of a Gaussian blur along one axis: `blurred = B @ signal`.

    `B[x, y] = Σ_k g(k) [y = reflect(x + k)]`, `g(k) ∝ exp(−k² / 2σ²)` for `|k| ≤ ⌊4σ + ½⌋`, Σ g = 1; signals continue beyond
    their ends by reflection about the edge (d c b a | a b c d | d c b a).

    Args:
        size: length of the axis.
        sigma: σ in pixels; 0 is the identity.

    Returns:
        `(size, size)` float64, read-only.

    Raises:
        OptionError: for a negative σ.
    """
    if sigma < 0:
        raise OptionError(f"a blur's standard deviation must be at least 0, got {sigma}")
    if sigma == 0:
        return _read_only(np.eye(size))
    radius = int(TRUNCATE * sigma + 0.5)
    offsets = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
    positions = np.mod(np.arange(size)[:, None] + offsets, 2 * size)
    positions = np.where(positions < size, positions, 2 * size - 1 - positions)
    matrix = np.zeros((size, size))
    np.add.at(matrix, (np.arange(size)[:, None], positions), kernel / kernel.sum())
    return _read_only(matrix)


def gaussian_blur(pictures: np.ndarray, sigma: float) -> np.ndarray:
    """Blur every channel of pictures.

    Args:
        pictures: `(N, H, W, C)`.
        sigma: in pixels, of both axes.

    Returns:
        `(N, H, W, C)` float32.
    """
    rows, columns = (gaussian_matrix(size, float(sigma)).astype(np.float32) for size in pictures.shape[1:3])
    pictures = np.asarray(pictures, np.float32)
    blurred = np.tensordot(pictures, columns, axes=(2, 1)).transpose(0, 1, 3, 2)
    return np.ascontiguousarray(np.tensordot(blurred, rows, axes=(1, 1)).transpose(0, 3, 1, 2))


def _read_only(array):
    array.flags.writeable = False
    return array
