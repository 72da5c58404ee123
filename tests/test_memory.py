"""What a run holds does not grow with its trajectories, and where things lie changes no byte."""

import tracemalloc
from dataclasses import replace

import pytest

import rlvis
from rlvis import layer_features, layer_maps, memory_maps, pipeline, stored_frames
from rlvis.interface import base91, packed_planes, planes, sheets
from rlvis.memory_budget import memory_budget
from rlvis.options import make_options
from rlvis.rollouts.trajectory import Trajectory
from rlvis.stored_frames import StoredFrames
from rlvis.trust import map_agreement

OPTIONS = {
    "observations": {"num_envs": 9, "num_obs": 4, "obs_every": 1}, "layers": {"name_contains_one_of": ("4a",)}, "nmf_features": 3, "vis_subdiv_mults": (1,), "batch_size": 8,
    "saliency_methods": ("gradient",), "input_layer_include": True, "optimize_features": True, "optimize_steps": 1, "attr_through_time": 2,
}  # fmt: skip


@pytest.fixture
def everything_in_files(monkeypatch):
    """No observation and no map is held in memory."""
    for module in (pipeline, layer_features, layer_maps, memory_maps):
        monkeypatch.setattr(module, "memory_budget", lambda gigabytes: replace(memory_budget(gigabytes), frames=0, planes=0))
    for module in (packed_planes, planes):
        monkeypatch.setattr(module, "MOST_IN_MEMORY", 0)


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def in_memory(forgetful_agent, tmp_path_factory):
    """What a run writes that holds all it can."""
    folder = tmp_path_factory.mktemp("memory")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        rlvis.run(forgetful_agent, folder / "page", **OPTIONS, trajectories={"num_envs": 2, "num_steps": 7}, load={"full_resolution": True}, reuse=False)
    return contents(folder / "page")


def test_files_change_no_byte(in_memory, forgetful_agent, tmp_path, everything_in_files, monkeypatch):
    """Played, then taken from what the first run kept."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    found, made = [], Trajectory.from_arrays.__func__

    def remember(cls, arrays, prefix=""):
        found.append(made(cls, arrays, prefix))
        return found[-1]

    monkeypatch.setattr(Trajectory, "from_arrays", classmethod(remember))
    for name in ("played", "kept"):
        rlvis.run(forgetful_agent, tmp_path / name, **OPTIONS, trajectories={"num_envs": 2, "num_steps": 7}, load={"full_resolution": True}, work_dir=str(tmp_path / "work"))
        assert contents(tmp_path / name) == in_memory
    assert len(found) == 2 + 2 + 2
    for trajectory in found:
        assert all(isinstance(part, StoredFrames) for part in (trajectory.observations, trajectory.frames, *trajectory.states.values()))
        assert not any(isinstance(part, StoredFrames) for part in (trajectory.logits, trajectory.rewards))


def test_recorded_rollouts_give_the_same_maps_from_files(in_memory, forgetful_agent, tmp_path, everything_in_files):
    load = {"full_resolution": True, "trajectories_path": str(tmp_path / "rollouts.npz")}
    rlvis.run(forgetful_agent, tmp_path / "first", **OPTIONS, trajectories={"num_envs": 2, "num_steps": 7}, load=load)
    rlvis.run(forgetful_agent, tmp_path / "second", **OPTIONS, load={**load, "resample": False})
    for name in ("first", "second"):
        written = contents(tmp_path / name)
        assert {file: data for file, data in written.items() if file.startswith("data/")} == {file: data for file, data in in_memory.items() if file.startswith("data/")}


def test_memory_does_not_grow_with_a_trajectory(forgetful_agent, tmp_path, everything_in_files, monkeypatch):
    """A step has 13 kB of pictures and 8 kB of maps; what NumPy and Python hold at most grows by less than a tenth of that."""
    # Small parts, so that two short trajectories have several of each.
    monkeypatch.setattr(stored_frames, "_BLOCK_BYTES", 1 << 14)
    monkeypatch.setattr(sheets, "MAX_SIDE", 128)
    monkeypatch.setattr(map_agreement, "FRAMES_AT_A_TIME", 32)
    for name, size in (("_PIECE", 13 << 8), ("_PIECE_CHARACTERS", 16 << 8)):
        monkeypatch.setattr(base91, name, size)
    peaks = []

    def write(steps):
        rlvis.run(forgetful_agent, tmp_path / f"{steps}", **OPTIONS, trajectories={"num_envs": 1, "num_steps": steps}, load={"full_resolution": True}, work_dir=str(tmp_path / "work"))

    write(20)  # compiles
    for steps in (100, 500):
        tracemalloc.start()
        try:
            write(steps)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] - peaks[0] < 2000 * 400
