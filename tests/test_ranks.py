"""Several ranks write the same bytes as one, and end together when one fails."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rlvis.interface.destination import claim_directory

ROOT = Path(__file__).resolve().parents[1]
MPIEXEC = Path(sys.executable).with_name("mpiexec")
pytestmark = pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec beside this Python: pip install mpi4py mpich")

AGENT = """
import atexit, sys; sys.path.insert(0, "tests")
from rlvis.compilation_cache import compilation_cache
programs = compilation_cache(); programs.__enter__(); atexit.register(programs.__exit__, None, None, None)
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
BESIDE = AGENT + """
other = conftest.Checkpoint(*conftest.random_network("clear", (16, 16, 3), 5, channels=2, lstm=3), None, agent.action_names)
rlvis.run(agent, sys.argv[1], beside=other, trajectories={"num_envs": 3, "num_steps": 5}, observations={"num_envs": 10, "num_obs": 2, "obs_every": 2}, layers={"name_contains_one_of": ("4a",)},
    nmf_features=3, batch_size=8, vis_subdiv_mults=(1,), saliency_methods=("gradient",))
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

MISSING = AGENT.replace("rlvis.checkpoints.load = ", """
import os
if os.environ["PMI_RANK"] == "0": rlvis.checkpoints.load = """) + """
sys.exit(main(["run", "agent", "-o", sys.argv[1]]))
"""


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A function that runs code in processes, which find each other's compiled programs: `start(ranks, code, output, work)`."""
    cache = {"RLVIS_CACHE": str(tmp_path_factory.mktemp("cache")), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}

    def run(ranks, code, output, work):
        environment = {**os.environ, **cache, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1700000000", "RLVIS_WORK_DIR": str(work)}
        command = [sys.executable, "-c", code, str(output)]
        return subprocess.run([str(MPIEXEC), "-n", str(ranks), *command] if ranks else command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250)

    return run


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.timeout(900)  # nine processes
def test_the_bytes_do_not_depend_on_the_number_of_ranks(start, tmp_path):
    """Each number of ranks computes everything; then two ranks reuse what four kept."""
    written, said = [], []
    for ranks, work in ((0, "none"), (2, "two"), (4, "four"), (2, "four")):
        folder = tmp_path / "out"
        result = start(ranks, RUN, folder / "page", tmp_path / work)
        assert result.returncode == 0, result.stderr
        said.append(result.stderr)
        written.append(contents(folder))
        shutil.rmtree(folder)
    assert written[0] == written[1] == written[2] == written[3]
    assert ["reused" in text for text in said] == [False, False, False, True]
    assert re.findall("rlvis: reused (.*)", said[3]) == [
        "dataset examples 2a, 4a; features 2a, 4a; maps attribution 2a 1, attribution 2a 2, attribution 2a 3, attribution 4a 1, attribution 4a 2, attribution 4a 3; observations 1, 2; trajectories 1, 2, 3"
    ]


@pytest.mark.timeout(600)
def test_a_second_agents_part_is_shared_out_too(start, tmp_path):
    written = []
    for ranks in (0, 2):
        result = start(ranks, BESIDE, tmp_path / "out" / "page", tmp_path / f"work{ranks}")
        assert result.returncode == 0, result.stderr[-2000:]
        written.append(contents(tmp_path / "out"))
        shutil.rmtree(tmp_path / "out")
    assert written[0] == written[1]
    assert any("b_4a" in name for name in written[0])


def test_a_rank_that_fails_ends_all_with_its_own_message(start, tmp_path):
    result = start(2, FAIL, tmp_path / "out" / "page", tmp_path / "work")
    assert result.returncode != 0
    assert re.search(r"rlvis: the second rank has no emulator \(rank 1 of 2, on .+\)", result.stderr), result.stderr
    assert not (tmp_path / "out" / "page").exists()


def test_a_rank_that_cannot_even_begin_ends_all(start, tmp_path):
    """It sees no checkpoint, while the other one goes on to wait for it."""
    result = start(2, MISSING, tmp_path / "out" / "page", tmp_path / "work")
    assert result.returncode == 2
    assert re.search(r"rlvis: there is no file agent; .* \(rank 1 of 2, on .+\)", result.stderr), result.stderr


def test_what_goes_wrong_for_all_ranks_is_said_once(start, tmp_path):
    result = start(2, "from rlvis.command_line import main; raise SystemExit(main(['run', 'agent', '-o', 'nowhere']))", tmp_path / "out" / "page", tmp_path / "work")
    assert result.returncode == 2
    assert result.stderr.count("rlvis: there is no file agent") == 1, result.stderr


def test_all_ranks_are_told_that_another_run_is_at_work(start, tmp_path):
    with claim_directory(tmp_path / "out" / "page"):
        result = start(2, RUN, tmp_path / "out" / "page", tmp_path / "work")
    assert result.returncode == 2
    assert "another run is writing to" in result.stderr


def test_ranks_that_do_not_see_each_other_are_refused(start, tmp_path):
    """Processes of a launcher whose MPI is not that of mpi4py are each a world of their own; the first one says so."""
    said = [refused(start, tmp_path, rank, "OMPI_COMM_WORLD", "") for rank in (0, 1)]
    assert re.search(r"rlvis: this is one of 2 processes \(OMPI_COMM_WORLD_SIZE\), but .*mpiexec", said[0]), said[0]
    assert said[1] == ""


def test_ranks_without_mpi4py_are_refused(start, tmp_path):
    said = refused(start, tmp_path, 0, "PMI", "sys.modules['mpi4py'] = None")
    assert re.search(r"rlvis: this is one of 2 processes \(PMI_SIZE\), but mpi4py cannot be imported .*pip install mpi4py mpich", said), said


def refused(start, tmp_path, rank, launcher, before):
    """What one of two such processes says, which ends before it loads anything."""
    code = f"import os, sys\n{before}\nos.environ.update({launcher}_SIZE='2', {launcher}_RANK='{rank}')\nfrom rlvis.command_line import main\ncode = main(['run', 'agent', '-o', sys.argv[1]])\nassert 'jax' not in sys.modules\nsys.exit(code)"
    result = start(0, code, tmp_path / "out" / "page", tmp_path / "work")
    assert result.returncode == 2, result.stderr
    assert not (tmp_path / "out").exists()
    return result.stderr
