"""Several ranks write the same bytes as one, and end together when one fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MPIEXEC = Path(sys.executable).with_name("mpiexec")
pytestmark = pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec beside this Python: pip install mpi4py mpich")

AGENT = """
import sys; sys.path.insert(0, "tests")
import conftest, rlvis
from rlvis.command_line import main
import rlvis.checkpoints
network, parameters = conftest.random_network("clear", (16, 16, 3), 5, channels=2)
agent = conftest.Checkpoint(network, parameters, conftest.EnvironmentSpecification("corridor", "corridor"), conftest.CorridorEnvironment.action_names)
rlvis.checkpoints.load = lambda path, **given: agent
"""
RUN = AGENT + """
sys.exit(main(["run", "agent", "-o", sys.argv[1], "--trajectories-num-envs", "3", "--trajectories-num-steps", "5", "--observations-num-envs", "10", "--observations-num-obs", "3",
    "--observations-obs-every", "1", "--layers-name-contains-one-of", "2a", "4a", "--nmf-features", "3", "--batch-size", "8", "--vis-subdiv-mults", "1",
    "--load-trajectories-path", sys.argv[1] + ".npz"]))
"""
FAIL = AGENT + """
from rlvis.parallel.communicator import communicator
import rlvis.rollouts.roll_out as roll_out
from rlvis.errors import RolloutError
def fail(*arguments, **options):
    raise RolloutError("the second rank has no emulator")
if communicator().rank == 1:
    roll_out.collect_trajectory = fail
sys.exit(main(["run", "agent", "-o", sys.argv[1], "--trajectories-num-envs", "3", "--trajectories-num-steps", "5", "--observations-num-envs", "2", "--observations-num-obs", "8", "--observations-obs-every", "1"]))
"""


def start(ranks, code, output):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1700000000"}
    command = [sys.executable, "-c", code, str(output)]
    return subprocess.run([str(MPIEXEC), "-n", str(ranks), *command] if ranks else command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250)


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_bytes_do_not_depend_on_the_number_of_ranks(tmp_path):
    written = []
    for ranks in (0, 2):
        result = start(ranks, RUN, tmp_path / "page")
        assert result.returncode == 0, result.stderr
        written.append(contents(tmp_path))
        shutil.rmtree(tmp_path / "page")
        (tmp_path / "page.npz").unlink()
    assert written[0].keys() == written[1].keys()
    assert written[0] == written[1]


def test_a_rank_that_fails_ends_all_with_its_own_message(tmp_path):
    result = start(2, FAIL, tmp_path / "page")
    assert result.returncode != 0
    assert "rlvis: the second rank has no emulator" in result.stderr
    assert not (tmp_path / "page").exists()
