"""What launchers tell, and libraries that do not understand them."""

import pytest

from rlvis.parallel.launcher import ParallelError, check_library, check_size, is_launched

MPICH = "MPICH Version:      5.0.2\nMPICH configure:    --with-device=ch4:ofi --with-pm=hydra\n"


@pytest.mark.parametrize("variable", ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE"])
def test_processes_that_do_not_see_each_other_are_refused(variable):
    with pytest.raises(ParallelError, match=f"one of 4 processes.*{variable}.*only itself.*mpiexec"):
        check_size(1, {variable: "4"})
    check_size(4, {variable: "4"})
    check_size(1, {variable: "1"})


def test_slurm_steps_are_recognized():
    batch_script = {"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}
    check_size(1, batch_script)
    assert not is_launched(batch_script)
    step = {**batch_script, "SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "3"}
    assert is_launched(step)
    with pytest.raises(ParallelError, match=r"one of 4 tasks of Slurm \(SLURM_STEP_NUM_TASKS\).*srun --mpi.*pmi2") as refusal:
        check_size(1, step)
    assert refusal.value.rank == 3


def test_a_missing_library_is_named():
    with pytest.raises(ParallelError, match="one of 2 processes.*cannot be imported.*pip install mpi4py"):
        check_size(1, {"PMI_SIZE": "2", "PMI_RANK": "1"}, "mpi4py cannot be imported (No module named 'mpi4py')")
    check_size(1, {}, "mpi4py cannot be imported")


@pytest.mark.parametrize("environment, launched", [
    ({}, False),
    ({"PMI_SIZE": "2"}, True),
    ({"PMI_SIZE": "4", "MPI_LOCALNRANKS": "1", "SLURM_STEP_NUM_TASKS": "1"}, True),
    ({"OMPI_COMM_WORLD_SIZE": "1", "PMIX_RANK": "0"}, False),
    ({"SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0", "PMIX_RANK": "0"}, False),
    ({"PMIX_RANK": "1"}, True),
    ({"PMI_FD": "9"}, True),
])
def test_mpi_is_started_where_there_may_be_others(environment, launched):
    assert is_launched(environment) == launched


def test_a_library_that_would_end_the_process_is_refused_before_it_starts():
    launcher = {"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1", "PMIX_RANK": "1"}
    with pytest.raises(ParallelError, match=r"one of 2 processes.*PMIx.*MPICH 5\.0\.2,.*mpiexec") as refusal:
        check_library(MPICH, launcher)
    assert refusal.value.rank == 1
    with pytest.raises(ParallelError, match="one of several processes"):
        check_library(MPICH, {"PMIX_RANK": "0"})
    check_library(MPICH, {"PMI_SIZE": "2", "PMI_RANK": "1"})
    check_library(MPICH.replace("--with-pm=hydra", "--with-pmix=/opt/pmix"), launcher)
    check_library("Open MPI v4.1.4, package: Debian OpenMPI", launcher)
