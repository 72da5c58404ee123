from itertools import combinations

import numpy as np
from numpy.testing import assert_array_equal

from rlvis.saliency.mask_classes import classes_of_place, classes_of_size


def least(count, classes, cost):
    """The least cost of `count` neighbours in at most so many classes, by trying them all."""
    cuts = [(0, *cut, count) for number in range(classes) for cut in combinations(range(1, count), number)]
    return min(sum(cost(range(a, b)) for a, b in zip(cut, cut[1:])) for cut in cuts)


def test_classes_of_size_take_the_least_work():
    generator = np.random.default_rng(0)
    for classes in (1, 2, 3):
        start = generator.integers(0, 9, 14)
        sizes = np.sort(generator.integers(1, 9, (2, 14)))
        shuffled = generator.permutation(14)
        ranges = [(start[shuffled], (start + size)[shuffled]) for size in sizes]
        work = np.array([2.0, 3.0])

        def cost(members, sizes=sizes):
            return len(members) * (work @ sizes[:, list(members)].max(axis=1))

        found = classes_of_size(ranges, work, classes)
        assert sorted(np.concatenate(found)) == list(range(14)) and len(found) <= classes
        assert sum(cost(shuffled[members]) for members in found) == least(14, classes, cost)


def test_classes_of_place_take_the_smallest_union():
    generator = np.random.default_rng(1)
    for classes in (1, 2, 3):
        start = np.sort(generator.integers(0, 20, 12))
        stop = start + 3
        shuffled = generator.permutation(12)

        def cost(members, start=start, stop=stop):
            return len(members) * (stop[list(members)].max() - start[list(members)].min())

        found = classes_of_place((start[shuffled], stop[shuffled]), classes)
        assert sorted(np.concatenate(found)) == list(range(12)) and len(found) <= classes
        assert sum(cost(shuffled[members]) for members in found) == least(12, classes, cost)


def test_masks_that_are_alike_are_one_class():
    same = np.full(5, 2), np.full(5, 7)
    (of_size,), (of_place,) = classes_of_size([same], np.ones(1), 3), classes_of_place(same, 3)
    assert_array_equal(of_size, np.arange(5))
    assert_array_equal(of_place, np.arange(5))
