"""Masks sorted into a few classes by what they change along one axis, so that one window size, or one window, serves a class with little waste."""

from collections.abc import Sequence

import numpy as np

from rlvis.saliency.window_legs import Range


def classes_of_size(ranges: Sequence[Range], work: np.ndarray, classes: int) -> list[np.ndarray]:
    """Masks that change about as much: at most so many classes with the least `Σ_classes count · Σ_l work_l · size_l`, size_l of the largest change in l.

    Args:
        ranges: where K masks' changes start and stop in L outputs.
        work: of a row or column of each, `(L,)`.
        classes: how many there may be.

    Returns:
        The masks' indices in each class.
    """
    sizes, which, counts = np.unique(np.stack([stop - start for start, stop in ranges], axis=1), axis=0, return_inverse=True, return_counts=True)
    # A class is of neighbours in the order of their work.
    order = np.argsort(sizes @ work, kind="stable")
    costs = [np.cumsum(counts[order][first:]) * (np.maximum.accumulate(sizes[order][first:]) @ work) for first in range(len(sizes))]
    return _divided(costs, np.argsort(order)[which.ravel()], classes)


def classes_of_place(changed: Range, classes: int) -> list[np.ndarray]:
    """Masks that change about the same: at most so many classes with the least `Σ_classes count · size`, size of all changes of a class together."""
    places, which, counts = np.unique(np.stack(changed, axis=1), axis=0, return_inverse=True, return_counts=True)
    sizes = [np.maximum.accumulate(places[first:, 1]) - places[first, 0] for first in range(len(places))]
    return _divided([np.cumsum(counts[first:]) * size for first, size in enumerate(sizes)], which.ravel(), classes)


def _divided(costs, which, classes):
    """Which of the masks, whose kinds are `which` `(K,)`, are in each class; `costs[a][n]` is that of a class of the kinds from a to a + n."""
    best = [(0, (0,)), *[(np.inf, ())] * len(costs)]
    for _ in range(classes):
        extended = [min((best[a][0] + costs[a][b - a], (*best[a][1], b + 1)) for a in range(b + 1)) for b in range(len(costs))]
        best = [best[0], *map(min, best[1:], extended)]
    bounds = best[-1][1]
    return [np.flatnonzero((which >= start) & (which < stop)) for start, stop in zip(bounds, bounds[1:])]
