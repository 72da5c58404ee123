"""Rank correlation of maps."""

import numpy as np

from rlvis.environments.resize import linear_weights


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1 along the last axis, ties sharing their mean rank; float64."""
    values = np.asarray(values)
    order = np.argsort(values, axis=-1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=-1)
    count = values.shape[-1]
    fresh = np.concatenate([np.ones((*values.shape[:-1], 1), bool), ordered[..., 1:] != ordered[..., :-1]], axis=-1)
    first = np.maximum.accumulate(np.where(fresh, np.arange(count), 0), axis=-1)
    # A run of ties ends one before the next fresh value.
    ends = np.concatenate([fresh[..., 1:], np.ones((*values.shape[:-1], 1), bool)], axis=-1)
    last = np.flip(np.minimum.accumulate(np.flip(np.where(ends, np.arange(count), count - 1), -1), axis=-1), -1)
    result = np.empty(values.shape)
    np.put_along_axis(result, order, (first + last) / 2 + 1, axis=-1)
    return result


def rank_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman's ρ of maps, frame by frame: the Pearson correlation of their ranks; NaN where a map is constant.

    Args:
        a: `(N, h, w)`.
        b: `(N, h', w')`; the smaller of the two is enlarged first, by linear interpolation.

    Returns:
        `(N,)` float64.
    """
    height, width = (max(a.shape[axis], b.shape[axis]) for axis in (1, 2))
    first, second = (ranks(resized(maps, (height, width)).reshape(len(maps), -1)) for maps in (a, b))
    first, second = (each - each.mean(axis=1, keepdims=True) for each in (first, second))
    scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.divide((first * second).sum(axis=1), scale, out=np.full(len(a), np.nan), where=scale > 0)


def resized(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Maps `(N, h, w)` at another size, by linear interpolation between positions' centres."""
    if maps.shape[1:] == tuple(size):
        return maps
    return linear_weights(maps.shape[1], size[0]) @ maps @ linear_weights(maps.shape[2], size[1]).T
