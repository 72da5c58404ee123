"""A run's files."""

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.training.options import TrainingOptions
from rlvis.training.run_directory import RunDirectory
from rlvis.training.training_state import tree_from_arrays, tree_to_arrays


@pytest.fixture
def run(tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.create(TrainingOptions(seed=4, network_options=("channels=8",)), {"rlvis": "0.1"})
    return run


def test_configuration_comes_back(run):
    options, extra = run.read_config()
    assert options == TrainingOptions(seed=4, network_options=("channels=8",))
    assert extra["rlvis"] == "0.1"


def test_progress_comes_back_with_gaps(run):
    run.append_progress({"iteration": 1, "steps": 64, "return_mean": float("nan"), "loss": 1 / 3})
    run.append_progress({"iteration": 2, "steps": 128, "return_mean": 2.5, "loss": None})
    columns = run.read_progress()
    np.testing.assert_array_equal(columns["return_mean"], [np.nan, 2.5])
    np.testing.assert_allclose(columns["loss"], [1 / 3, np.nan], rtol=1e-7)


def test_progress_after_a_saved_state_is_dropped(run):
    for iteration in range(1, 12):
        run.append_progress({"iteration": iteration, "steps": 64 * iteration})
    with open(run.progress, "a") as file:
        file.write("12,7")  # the machine went down in the middle of a line
    run.truncate_progress(10)
    np.testing.assert_array_equal(run.read_progress()["iteration"], np.arange(1, 11))


def test_what_fails_to_be_written_leaves_the_old_file(run, monkeypatch):
    run.save_state({"iteration": np.int64(1)})
    before = run.state.read_bytes()

    def fail(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OutputError, match="No space left"):
        run.save_state({"iteration": np.int64(2)})
    assert run.state.read_bytes() == before
    assert [path.name for path in run.state.parent.iterdir()] == ["state.npz"]


def test_missing_and_damaged_states_are_named(run):
    with pytest.raises(OutputError, match="no saved state"):
        run.load_state()
    run.state.write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(OutputError, match="damaged"):
        run.load_state()


def test_trees_come_back_and_wrong_ones_are_named():
    tree = {"a": {"kernel": np.arange(6.0).reshape(2, 3)}, "b": (np.int32(4), None)}
    arrays = tree_to_arrays("parameters", tree)
    back = tree_from_arrays("parameters", tree, arrays)
    np.testing.assert_array_equal(back["a"]["kernel"], tree["a"]["kernel"])
    assert back["b"][0] == 4
    with pytest.raises(OutputError, match=r"kernel.*expected shape \(3, 3\)"):
        tree_from_arrays("parameters", {"a": {"kernel": np.zeros((3, 3))}}, arrays)
