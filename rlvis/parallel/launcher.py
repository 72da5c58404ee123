"""What started this process: as one of several, or alone, as far as environment variables tell."""

import re
from collections.abc import Mapping

from rlvis.errors import RlvisError

SLURM = "SLURM_STEP_NUM_TASKS"
# What launchers tell each process: how many there are, and which one it is.
SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE", "MV2_COMM_WORLD_SIZE", "MPI_LOCALNRANKS", SLURM)
RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK", "SLURM_PROCID")
# Also set by launchers that do not tell how many there are.
_CONNECTIONS = ("PMI_FD", "PMI_PORT", "HYDI_CONTROL_FD")


class ParallelError(RlvisError):
    """Several processes were started, but they do not see each other.

    Args:
        message: what is wrong.
        rank: which of them this is, as the launcher counts.
    """

    def __init__(self, message: str, rank: int = 0):
        super().__init__(message)
        self.rank = rank


def is_launched(environment: Mapping[str, str]) -> bool:
    """Whether this process may be one of several: MPI takes a second to start and is of no use to a process alone."""
    told = [environment[name] for name in SIZES if name in environment]
    return any(size != "1" for size in told) if told else any(name in environment for name in (*RANKS, *_CONNECTIONS) if not name.startswith("SLURM_"))


def check_library(version: str, environment: Mapping[str, str]) -> None:
    """Refuse an MPI library that cannot talk to the launcher: it would end the process with a message of its own.

    Args:
        version: what the library says of itself before it is started.
        environment: this process's environment variables.

    Raises:
        ParallelError: if the launcher talks PMIx, as Open MPI's does, and the library is an MPICH that was built without.
    """
    if "PMIX_RANK" in environment and version.startswith("MPICH") and "pmix" not in version.lower():
        number = re.search(r"[\d.]+", version)
        raise _refusal(f"the launcher talks PMIx, and mpi4py's library, MPICH {number[0] if number else ''}, does not", _advice(environment), environment)


def check_size(size: int, environment: Mapping[str, str], missing: str | None = None) -> None:
    """Refuse to be one of several processes that do not see each other: each would do all the work.

    Args:
        size: of the MPI world this process sees.
        environment: its environment variables.
        missing: why there is no MPI at all.

    Raises:
        ParallelError: if the launcher speaks of more than one process and the world has one.
    """
    if size == 1 and _told_size(environment):
        raise _refusal(missing or "mpi4py sees only itself", _advice(environment), environment)


def _told_size(environment):
    """The variable that tells of several processes; `None` where none does."""
    return next((name for name in SIZES if environment.get(name, "").isdigit() and int(environment[name]) > 1), None)


def _refusal(reason, advice, environment):
    name = _told_size(environment)
    what = "several processes" if name is None else f"{environment[name]} {'tasks of Slurm' if name == SLURM else 'processes'} ({name})"
    rank = next((int(environment[each]) for each in RANKS if environment.get(each, "").isdigit()), 0)
    return ParallelError(f"this is one of {what}, but {reason}; {advice}", rank)


def _advice(environment):
    srun = ", or with a kind of srun --mpi that its library knows: pmi2 for MPICH (srun --mpi=list shows which there are)" if SLURM in environment else ""
    return f"start them with the mpiexec that belongs to the installed mpi4py, such as that of `pip install mpi4py mpich`{srun}"
