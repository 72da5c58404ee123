"""Who does what: work is numbered, and each rank owns every size-th item."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rlvis.parallel.communicator import communicator


def own_share(items: Sequence) -> dict[int, Any]:
    """This rank's items, by their number among all: every one where there is one rank."""
    ranks = communicator()
    return {index: items[index] for index in range(ranks.rank, len(items), ranks.size)}


def gather_in_order(count: int, mine: Mapping[int, Any]) -> Iterator[Any]:
    """Every rank's items in the order of their numbers, on the first rank; nothing on the others.

    One item travels at a time, so the first rank need not hold them all, and none may be larger than a message. Every
    rank has to go through the whole iterator.

    Args:
        count: how many items there are.
        mine: this rank's items by number, `None` not among them.
    """
    ranks = communicator()
    for index in range(count):
        parts = ranks.gather(mine.get(index))
        if parts is not None:
            yield next(part for part in parts if part is not None)


def share_in_order(count: int, mine: Mapping[int, Any]) -> Iterator[Any]:
    """Every rank's items in the order of their numbers, on every rank; one travels at a time.

    Args:
        count: how many items there are, shared out as by `own_share`.
        mine: this rank's items by number.
    """
    ranks = communicator()
    for index in range(count):
        yield ranks.broadcast(mine.get(index), index % ranks.size)


def gather_in_rounds(count: int, mine: Iterator[Any]) -> Iterator[Any]:
    """As `gather_in_order`, with this rank's items made one after the other, while the others make theirs.

    Ranks meet after each has one item more, so that the first one holds no more than one of each.

    Args:
        count: how many items there are, shared out as by `own_share`.
        mine: this rank's items, in order.
    """
    ranks = communicator()
    for start in range(0, count, ranks.size):
        own = next(mine) if start + ranks.rank < count else None
        yield from (ranks.gather(own) or ())[: count - start]
    next(mine, None)  # lets what makes them end
