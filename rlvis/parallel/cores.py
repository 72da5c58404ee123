"""The processor's cores, and who else uses them."""

import os
from collections.abc import Collection, Iterable
from fractions import Fraction


def usable_cores() -> frozenset[int]:
    """The cores that this process may run on, by number."""
    return frozenset(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))


def share_of_cores(mine: Collection[int], everybodys: Iterable[Collection[int]]) -> int:
    """How many cores a process may keep busy: one for each core of its own, half a one for each that two may use, and so on; at least one.

    Launchers may give each process cores of its own, or let all of them use all.

    Args:
        mine: the cores that it may run on.
        everybodys: the same of every process on the machine that works with it, itself among them.
    """
    everybodys = list(everybodys)
    return max(1, int(sum(Fraction(1, sum(core in cores for cores in everybodys)) for core in mine)))
