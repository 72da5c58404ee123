"""Changing the size of pictures the way that agents' training code did it."""

from functools import lru_cache

import numpy as np
from PIL import Image


def area_weights(source: int, target: int) -> np.ndarray:
    """What share each source pixel has in each target pixel, by overlap: `(target, source)` float32, rows sum to 1.

    w[t, s] = |[s, s+1] ∩ [t·r, (t+1)·r]| / r with r = source / target ≥ 1. The same as OpenCV's INTER_AREA.
    """
    scale = source / target
    edges = np.arange(target + 1)[:, None] * scale
    pixels = np.arange(source)[None]
    overlap = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return (np.clip(overlap, 0, None) / scale).astype(np.float32)


def linear_weights(source: int, target: int) -> np.ndarray:
    """Linear interpolation between the two nearest pixel centres: `(target, source)` float32. The same as OpenCV's INTER_LINEAR."""
    position = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    left = np.minimum(position.astype(int), max(source - 2, 0))
    weights = np.zeros((target, source))
    weights[np.arange(target), left] = 1 - (position - left)
    weights[np.arange(target), np.minimum(left + 1, source - 1)] += position - left
    return weights.astype(np.float32)


def resize_area(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Smaller pictures, each pixel the mean of the area it covers, rounded.

    Args:
        pictures: `(…, H, W, C)` uint8.
        size: `(height, width)`, not larger than the pictures.

    Returns:
        `(…, height, width, C)` uint8.
    """
    return _resize_by(area_weights, pictures, size)


def resize_linear(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pictures of another size by interpolation at points, without smoothing first. Shapes as in `resize_area`."""
    return _resize_by(linear_weights, pictures, size)


def _resize_by(weights, pictures, size):
    # A target pixel draws on a few neighbouring source pixels: adding those up is far cheaper than a matrix product.
    for axis, target in ((-3, size[0]), (-2, size[1])):
        sources, shares = _taps(weights, pictures.shape[axis], target)
        column = (-1, *[1] * (-axis - 1))
        pictures = sum(pictures.take(source, axis) * share.reshape(column) for source, share in zip(sources, shares, strict=True))
    return np.rint(pictures).astype(np.uint8)


@lru_cache(maxsize=32)
def _taps(weights, source, target):
    table = weights(source, target)
    count = int((table > 0).sum(1).max())
    first = np.minimum((table > 0).argmax(1), source - count)
    sources = first + np.arange(count)[:, None]
    return sources, np.take_along_axis(table, sources.T, 1).T


def resize_bilinear(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pictures of another size by Pillow's bilinear filter, which smooths when it makes them smaller. Shapes as in `resize_area`."""
    flat = np.moveaxis(pictures, -1, -3).reshape(-1, *pictures.shape[-3:-1])
    resized = np.stack([np.asarray(Image.fromarray(plane).resize(size[::-1], Image.Resampling.BILINEAR)) for plane in np.ascontiguousarray(flat)])
    return np.moveaxis(resized.reshape(*pictures.shape[:-3], pictures.shape[-1], *size), -3, -1)
