import os

import pytest

from rlvis.parallel.batches import core_count
from rlvis.parallel.cores import share_of_cores, usable_cores


@pytest.mark.parametrize("everybodys, expected", [
    ([range(8)], 8),
    ([range(8)] * 4, 2),
    ([range(8)] * 3, 2),
    ([range(2)] * 4, 1),
    ([range(8), range(8, 16)], 8),
    ([range(0, 4), range(0, 4), range(4, 8), range(4, 8)], 2),
    ([range(4), range(2)], 3),
    ([()], 1),
])
def test_cores_are_shared_by_those_who_may_use_them(everybodys, expected):
    assert share_of_cores(everybodys[0], everybodys) == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes are not kept to cores here")
def test_a_process_alone_has_the_cores_it_is_kept_to():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_cores() == {min(before)}
        assert core_count() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert core_count() == len(before)
