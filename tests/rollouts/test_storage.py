from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.errors import OutputError, RolloutError
from rlvis.rollouts.collect import collect_examples, collect_trajectory
from rlvis.rollouts.storage import load_rollouts, save_rollouts


@pytest.fixture
def saved(tmp_path, forgetful_agent):
    trajectories = [collect_trajectory(forgetful_agent, 4, seed=1, human_frames=True), collect_trajectory(forgetful_agent, 3, seed=2)]
    trajectories[1] = replace(trajectories[1], rows={"agreement / with gaze": np.arange(3, dtype=np.float32)})
    examples = collect_examples(forgetful_agent, 2, 2, 1, seed=3)
    save_rollouts(tmp_path / "rollouts.npz", trajectories, examples, {"seed": 7})
    return tmp_path / "rollouts.npz", trajectories, examples


def test_everything_comes_back(saved):
    path, trajectories, examples = saved
    loaded, loaded_examples, description = load_rollouts(path)
    assert description == {"seed": 7}
    assert [list(trajectory.rows) for trajectory in loaded] == [[], ["agreement / with gaze"]]
    for before, after in zip(trajectories, loaded, strict=True):
        assert before.to_arrays().keys() == after.to_arrays().keys()
        for name, array in before.to_arrays().items():
            assert_array_equal(array, after.to_arrays()[name])
    assert_array_equal(examples.observations, loaded_examples.observations)
    assert_array_equal(examples.states["lstm/h"], loaded_examples.states["lstm/h"])


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"not a zip file" * 10])
def test_damaged_files_are_rollout_errors(saved, damage):
    path = saved[0]
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(RolloutError, match="rollouts"):
        load_rollouts(path)


def test_a_file_of_something_else(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(RolloutError, match="not a file of rollouts"):
        load_rollouts(tmp_path / "other.npz")


def test_no_file(tmp_path):
    with pytest.raises(RolloutError, match="there is no rollout file"):
        load_rollouts(tmp_path / "missing.npz")


def test_a_place_that_cannot_be_written(saved):
    with pytest.raises(OutputError, match="cannot write"):
        save_rollouts(saved[0] / "x.npz", saved[1])
