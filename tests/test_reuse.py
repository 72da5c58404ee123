"""A run that was killed is finished by the next one; what did not change is not computed again; the bytes are the same."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rlvis
from rlvis.errors import OutputError
from rlvis.interface.destination import claim_directory
from rlvis.interface.writing import verify

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = {
    "trajectories": {"num_envs": 2, "num_steps": 5}, "observations": {"num_envs": 9, "num_obs": 2, "obs_every": 1}, "layers": {"name_contains_one_of": ("2a", "4a")},
    "nmf_features": 3, "vis_subdiv_mults": (1,), "batch_size": 8,
}
COMMAND = """
import atexit, os, signal, sys; sys.path.insert(0, "tests")
from rlvis.compilation_cache import compilation_cache
programs = compilation_cache(); programs.__enter__(); atexit.register(programs.__exit__, None, None, None)
import conftest, rlvis
kept = []
def kill(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith(".stage"):
        if len(kept) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        kept.append(arguments)
sys.addaudithook(kill)
network, parameters = conftest.random_network("clear", (16, 16, 3), 5, channels=2)
agent = conftest.Checkpoint(network, parameters, conftest.EnvironmentSpecification("corridor", "corridor"), conftest.CorridorEnvironment.action_names)
rlvis.run(agent, place, **%r)
""" % OPTIONS
MODIFICATIONS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "open")


class Killed(BaseException):
    """Stands for SIGKILL: nothing is written, removed or renamed any more, not even by what tidies up."""


class KillingHook:
    """Counts the steps that change the file system below a folder, and kills at one of them."""

    def __init__(self):
        self.folder, self.steps, self.at, self.on = None, 0, None, False
        sys.addaudithook(self)

    def __call__(self, event, arguments):
        if not self.on or event not in MODIFICATIONS or not isinstance(arguments[0], (str, os.PathLike)) or not os.fspath(arguments[0]).startswith(self.folder):
            return
        if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        self.steps += 1
        if self.at is not None and self.steps > self.at:
            raise Killed

    def run(self, folder, at, function):
        """Call a function, killed before step number `at`; the number of steps."""
        self.folder, self.steps, self.at, self.on = str(folder), 0, at, True
        try:
            function()
        except Killed:
            pass
        finally:
            self.on = False
        return self.steps


@pytest.fixture(scope="module")
def killing():
    return KillingHook()


@pytest.fixture(autouse=True)
def fixed_date(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def expected(corridor_agent, tmp_path_factory):
    """What an uninterrupted run that reuses nothing writes."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        rlvis.run(corridor_agent, folder / "page", **OPTIONS, reuse=False)
    return contents(folder)


@pytest.fixture
def runner(corridor_agent, tmp_path):
    def run(**changes):
        rlvis.run(corridor_agent, tmp_path / "out" / "page", **{**OPTIONS, "work_dir": str(tmp_path / "work"), **changes})
        return contents(tmp_path / "out")

    return run


def reused(capsys):
    """What the last run said it reused, by stage."""
    line = re.findall(r"rlvis: reused (.*)", capsys.readouterr().err)
    return line[0] if line else ""


EVERYTHING = ("dataset examples 2a, 4a; features 2a, 4a; maps attribution 2a 1, attribution 2a 2, attribution 4a 1, attribution 4a 2; observations 1, 2; trajectories 1, 2")


def test_a_second_run_reuses_everything_and_writes_the_same_bytes(runner, expected, capsys):
    assert runner() == expected
    assert reused(capsys) == ""
    assert runner() == expected
    assert reused(capsys) == EVERYTHING
    assert runner(reuse=False) == expected
    assert reused(capsys) == ""


@pytest.mark.parametrize("change, kept", [
    ({"title": "another"}, EVERYTHING),
    ({"trajectory_bookmarks": 1}, EVERYTHING),
    ({"vis_subdiv_mults": (0.5,)}, EVERYTHING.replace("dataset examples 2a, 4a; ", "")),
    ({"attr_outputs": ("logit:1",)}, "dataset examples 2a, 4a; features 2a, 4a; observations 1, 2; trajectories 1, 2"),
    ({"attr_integrate_steps": 12}, "dataset examples 2a, 4a; features 2a, 4a; observations 1, 2; trajectories 1, 2"),
    ({"nmf_attr_integrate_steps": 2}, "observations 1, 2; trajectories 1, 2"),
    ({"layers": {"name_contains_one_of": ("4a", "3a")}}, "dataset examples 4a; features 4a; maps attribution 4a 1, attribution 4a 2; observations 1, 2; trajectories 1, 2"),
    ({"trajectories": {"num_envs": 3, "num_steps": 5}}, EVERYTHING),
    ({"trajectories": {"num_envs": 2, "num_steps": 6}}, "dataset examples 2a, 4a; features 2a, 4a; observations 1, 2"),
    ({"observations": {"num_envs": 8, "num_obs": 2, "obs_every": 1}}, "observations 1; trajectories 1, 2"),
    ({"seed": 3}, ""),
])
def test_a_changed_option_recomputes_what_depends_on_it(runner, corridor_agent, tmp_path, change, kept, capsys):
    runner()
    capsys.readouterr()
    found = runner(**change)
    assert reused(capsys) == kept
    rlvis.run(corridor_agent, tmp_path / "fresh" / "page", **{**OPTIONS, **change}, reuse=False)
    assert found == contents(tmp_path / "fresh")


def test_another_agent_reuses_nothing(runner, corridor_agent, tmp_path, capsys):
    runner()
    capsys.readouterr()
    parameters = {layer: {part: array + np.float32(1e-6) for part, array in group.items()} for layer, group in corridor_agent.parameters.items()}
    rlvis.run(replace(corridor_agent, parameters=parameters), tmp_path / "other", **OPTIONS, work_dir=str(tmp_path / "work"))
    assert reused(capsys) == ""


def test_damaged_files_are_not_trusted(runner, expected, tmp_path):
    runner()
    for path in (tmp_path / "work").iterdir():
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 255
        path.write_bytes(data)
    assert runner() == expected


@pytest.mark.parametrize("first", [0, 2, 4])
def test_killed_at_many_steps_and_run_again(runner, expected, killing, tmp_path, first):
    """Killed at every sixth step, each time going on from where the one before was; from nothing, then over an earlier interface."""
    for earlier in (False, True):
        if earlier:
            runner(title="an earlier one", seed=9)
        step = first
        while killing.run(tmp_path, step, runner) > step:
            step += 6
        assert step > 30
        assert runner() == expected
        verify(tmp_path / "out" / "page")
        assert not list((tmp_path / "work").glob(".*"))


@pytest.mark.timeout(900)  # four processes
def test_killed_for_real(tmp_path):
    """SIGKILL when the second and the ninth result of a stage is there; then the same command to its end."""

    def run(name, kill_at=None):
        """What a process said that finds the programs of the one before it."""
        environment = {"PYTHONPATH": str(ROOT), "RLVIS_WORK_DIR": str(tmp_path / f"{name}-work"), "RLVIS_CACHE": str(tmp_path / "cache"), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
        code = f"place, kill_at = {str(tmp_path / name / 'page')!r}, {kill_at}\n{COMMAND}"
        result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
        assert result.returncode == (0 if kill_at is None else -signal.SIGKILL), result.stderr
        return result.stderr

    run("whole")
    for kept, more in ((2, 2), (9, 7)):
        run("out", more)
        assert len(list((tmp_path / "out-work").glob("*.stage"))) == kept
    assert "rlvis: reused" in run("out")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert not list((tmp_path / "out-work").glob(".*"))


def test_a_second_run_on_the_same_directory_is_refused(runner, tmp_path):
    with claim_directory(tmp_path / "out" / "page"), pytest.raises(OutputError, match="another run is writing"):
        runner()
    assert "page/interface.html" in runner()
