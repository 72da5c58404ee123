"""What examples/cluster.slurm starts, with a stand-in for mpiexec."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "examples/cluster.slurm"
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
STAND_IN = '#!/bin/bash\nprintf "%s\\n" "$@"\nenv | grep -E "^(SLURM|SRUN|RLVIS_WORK)" | sort\nexit 3\n'


@pytest.fixture
def submit(tmp_path):
    mpiexec = tmp_path / "bin" / "mpiexec"
    mpiexec.parent.mkdir()
    mpiexec.write_text(STAND_IN)
    mpiexec.chmod(0o755)

    def run(*arguments):
        environment = {"PATH": f"{mpiexec.parent}:{os.environ['PATH']}", "SLURM_NTASKS": "8", "SLURM_CPUS_PER_TASK": "2", "SRUN_CPUS_PER_TASK": "2", "SLURM_MPI_TYPE": "pmix"}
        return subprocess.run(["bash", str(SCRIPT), *arguments], env=environment, capture_output=True, text=True)

    return run


def test_one_rank_a_task_with_the_arguments_as_they_were_given(submit):
    result = submit("my agent.pt", "my pages/a page", "--title", "two words", "--attr-policy")
    assert result.stdout.splitlines() == [
        "-n", "8", "rlvis", "run", "my agent.pt", "-o", "my pages/a page", "--title", "two words", "--attr-policy",
        "RLVIS_WORK_DIR=my pages/rlvis-work", "SLURM_MPI_TYPE=none", "SLURM_NTASKS=8",
    ]
    assert result.returncode == 3


@pytest.mark.parametrize("arguments, message", [([], "give a checkpoint"), (["agent.pt"], "give a directory")])
def test_what_is_missing_is_said(submit, arguments, message):
    result = submit(*arguments)
    assert result.returncode != 0 and message in result.stderr
    assert result.stdout == ""
