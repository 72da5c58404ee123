"""The processes that work together: MPI where it is used, otherwise this one alone. Only this file imports mpi4py."""

import os
import time
import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from rlvis.parallel.cores import share_of_cores, usable_cores
from rlvis.parallel.devices import compute_reproducibly, share_accelerators
from rlvis.parallel.launcher import check_library, check_size, is_launched

# How long a launcher may need, on a busy machine, to pass on a process's last words.
SECONDS_TO_BE_HEARD = 1.0


class SingleProcess:
    """The communicator of a process that works alone: every operation is trivial."""

    rank = local_rank = 0
    size = local_size = 1

    @property
    def cores(self) -> int:
        """How many of this machine's cores it may keep busy."""
        return len(usable_cores())

    def gather(self, value: Any, root: int = 0) -> list[Any] | None:
        """Every rank's value in a list, in order of rank, on the root; `None` elsewhere."""
        return [value]

    def broadcast(self, value: Any, root: int = 0) -> Any:
        """The root's value, on every rank."""
        return value

    def allreduce(self, value: Any) -> Any:
        """The sum of every rank's number or array, on every rank."""
        return value

    def barrier(self) -> None:
        """Wait until every rank is here."""

    def abort(self, code: int) -> None:
        """End every rank at once with an exit code; does nothing for a process that works alone."""


class ProcessGroup:
    """The communicator of processes that MPI started together; methods as in `SingleProcess`."""

    def __init__(self, world):
        self._world = world
        self.rank, self.size = world.Get_rank(), world.Get_size()
        neighbours = world.Split_type(_shared_memory())
        self.local_rank, self.local_size = neighbours.Get_rank(), neighbours.Get_size()
        mine = usable_cores()
        self.cores = share_of_cores(mine, neighbours.allgather(mine))
        share_accelerators(self.local_rank, self.local_size)

    def gather(self, value, root=0):
        return self._world.gather(value, root)

    def broadcast(self, value, root=0):
        return self._world.bcast(value, root)

    def allreduce(self, value):
        if not isinstance(value, np.ndarray):
            return self._world.allreduce(value)
        # Summed in the order of the ranks, so that every rank gets the same bits whatever the library's algorithm.
        parts = self._world.allgather(np.ascontiguousarray(value))
        return sum(parts[1:], parts[0])

    def barrier(self):
        self._world.Barrier()

    def abort(self, code):
        # The launcher ends everything at once; what this process wrote last is lost where it has not been passed on yet.
        time.sleep(SECONDS_TO_BE_HEARD)
        self._world.Abort(code)


@lru_cache(maxsize=1)
def communicator() -> SingleProcess | ProcessGroup:
    """The processes that work together with this one.

    Raises:
        ParallelError: if a launcher started several processes, but MPI puts each in a world of its own, or is not there.
    """
    compute_reproducibly()
    if not is_launched(os.environ):
        return SingleProcess()
    try:
        world = _world()
    except (ImportError, RuntimeError) as error:
        check_size(1, os.environ, f"mpi4py cannot be imported ({error})")
        return SingleProcess()
    check_size(world.Get_size(), os.environ)
    return ProcessGroup(world) if world.Get_size() > 1 else SingleProcess()


def _world():
    import mpi4py

    # Not before it is known that its library and the launcher fit.
    mpi4py.rc.initialize, mpi4py.rc.finalize = False, True
    from mpi4py import MPI

    if not MPI.Is_initialized():
        check_library(MPI.Get_library_version(), os.environ)
        with warnings.catch_warnings():  # of another launcher's variables: refused with a message of our own
            warnings.simplefilter("ignore", RuntimeWarning)
            MPI.Init_thread()
    return MPI.COMM_WORLD


def _shared_memory():
    from mpi4py import MPI

    return MPI.COMM_TYPE_SHARED
