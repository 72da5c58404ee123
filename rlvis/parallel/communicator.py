"""The processes that work together: MPI where it is used, otherwise this one alone. Only this file imports mpi4py."""

import os
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from rlvis.errors import RlvisError
from rlvis.parallel.devices import compute_reproducibly, share_accelerators

# What launchers tell each process about how many there are.
LAUNCHER_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE", "MV2_COMM_WORLD_SIZE", "MPI_LOCALNRANKS")
# How long a launcher may need, on a busy machine, to pass on a process's last words.
SECONDS_TO_BE_HEARD = 1.0


class ParallelError(RlvisError):
    """Several processes were started, but they do not see each other."""


class SingleProcess:
    """The communicator of a process that works alone: every operation is trivial."""

    rank = local_rank = 0
    size = local_size = 1

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
        ParallelError: if a launcher started several processes, but MPI puts each in a world of its own.
    """
    compute_reproducibly()
    world = _world()
    size = world.Get_size() if world is not None else 1
    check_launcher(size, os.environ)
    return ProcessGroup(world) if size > 1 else SingleProcess()


def check_launcher(size: int, environment: Mapping[str, str]) -> None:
    """Refuse to be one of several processes that do not see each other: each would do all the work.

    Args:
        size: of the MPI world this process sees.
        environment: its environment variables.

    Raises:
        ParallelError: if the launcher speaks of more than one process and the world has one.
    """
    if size > 1:
        return
    for name in LAUNCHER_SIZES:
        if environment.get(name, "").isdigit() and int(environment[name]) > 1:
            raise ParallelError(f"this is one of {environment[name]} processes ({name}), but mpi4py sees only itself; start them with the mpiexec that belongs to "
                                "the installed mpi4py, such as that of `pip install mpi4py mpich`")
    if environment.get("SLURM_PROCID") and environment.get("SLURM_NTASKS", "").isdigit() and int(environment["SLURM_NTASKS"]) > 1 and environment.get("SLURM_STEP_NUM_TASKS", "1") != "1":
        raise ParallelError(f"this is one of {environment['SLURM_NTASKS']} tasks of Slurm, but mpi4py sees only itself; use an MPI library that Slurm can start (srun --mpi=list)")


def _shared_memory():
    from mpi4py import MPI

    return MPI.COMM_TYPE_SHARED


def _world():
    if not _wanted():
        return None
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError):
        return None
    return MPI.COMM_WORLD


def _wanted() -> bool:
    """Whether a launcher is at work: MPI takes a second to start and is of no use to a process alone."""
    return any(name in os.environ for name in (*LAUNCHER_SIZES, "PMI_RANK", "PMI_FD", "PMI_PORT", "PMIX_RANK", "HYDI_CONTROL_FD", "SLURM_PROCID"))
