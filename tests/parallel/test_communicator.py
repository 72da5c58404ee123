"""Processes that work together, and those that only look so."""

import numpy as np
import pytest

from rlvis.parallel.communicator import ParallelError, SingleProcess, check_launcher


def test_a_process_alone():
    alone = SingleProcess()
    assert (alone.rank, alone.size) == (0, 1)
    assert alone.gather("x") == ["x"]
    assert alone.broadcast({"a": 1}) == {"a": 1}
    np.testing.assert_array_equal(alone.allreduce(np.arange(3)), np.arange(3))
    alone.barrier()


@pytest.mark.parametrize("variable", ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE"])
def test_processes_that_do_not_see_each_other_are_refused(variable):
    with pytest.raises(ParallelError, match=f"one of 4 processes.*{variable}.*mpiexec"):
        check_launcher(1, {variable: "4"})
    check_launcher(4, {variable: "4"})
    check_launcher(1, {variable: "1"})


def test_slurm_steps_are_recognized():
    tasks = {"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}
    check_launcher(1, tasks)
    with pytest.raises(ParallelError, match="Slurm"):
        check_launcher(1, {**tasks, "SLURM_STEP_NUM_TASKS": "4"})
