"""Wrong files and wrong requests: one clear sentence each."""

import io
import json
import pickle

import numpy as np
import pytest

from rlvis.checkpoints import FORMATS, PRESETS, load
from rlvis.environments import EnvironmentSpecification
from rlvis.errors import CheckpointError

SHAPE = (36, 36, 1)


def message(path, **options):
    """What loading says; it has to be one sentence or a few, on one line, that name the file."""
    with pytest.raises(CheckpointError) as caught:
        load(path, **options)
    text = str(caught.value)
    assert str(path) in text and "\n" not in text
    return text


@pytest.fixture
def tensors(tmp_path):
    """`tensors(state)`: the path of a pickle of these arrays."""

    def write(state, name="file"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps(state))
        return path

    return write


@pytest.fixture
def flax_state(tiny_files):
    """The arrays of the tiny flax network."""
    return pickle.loads(tiny_files["pickle_5"])


def test_nothing_there(tmp_path):
    assert "there is no file" in message(tmp_path / "absent.pt")


def test_name_that_cannot_be_a_path():
    with pytest.raises(CheckpointError):
        load("a\0b")


def test_directory(tmp_path):
    assert "a directory, which is no known kind" in message(tmp_path)


def test_empty_file(tmp_path):
    (tmp_path / "empty.pt").touch()
    assert "is empty" in message(tmp_path / "empty.pt")


def test_device():
    assert "not a regular file" in message("/dev/null")


def test_unreadable_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"x")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    assert "Permission denied" in message(path)


def test_file_of_no_known_kind(tmp_path):
    path = tmp_path / "notes.pt"
    path.write_text("These are my notes.")
    text = message(path)
    assert "b'These are my'" in text and all(known.title in text for known in FORMATS.values())


def test_network_of_no_known_kind(tensors):
    text = message(tensors({"kernel_a": np.zeros((3, 4), np.float32)}))
    assert "kernel_a 3×4" in text and all(name in text for name in PRESETS) and "--map" in text


def test_network_that_does_not_exist(tensors, flax_state):
    assert "no kind of network 'resnet'" in message(tensors(flax_state), network="resnet")


def test_another_network_than_asked_for(tensors, flax_state):
    text = message(tensors(flax_state), network="baselines")
    assert PRESETS["baselines"].title in text and "Dense_1/kernel 2×3" in text


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_says_what_it_misses(preset, tensors, flax_state, tiny_files, tmp_path):
    paths = [tensors(flax_state), tensors({"other": np.zeros(3, np.float32)}, "other")]
    for name, data in tiny_files.items():
        (tmp_path / name).write_bytes(data)
        paths.append(tmp_path / name)
    refused = 0
    for path in paths:
        try:
            load(path, network=preset, observation_shape=SHAPE)
        except CheckpointError as error:
            refused += 1
            assert "the file is damaged (" not in str(error), error
    assert refused


def test_missing_tensor_is_named(tensors, flax_state):
    del flax_state["params"]["Dense_1"]["bias"]
    text = message(tensors(flax_state), observation_shape=SHAPE)
    assert "'params/Dense_1/bias' is missing" in text and "layer 'policy'" in text


def test_misshapen_tensor_is_named_with_both_shapes(tensors, flax_state):
    flax_state["params"]["Dense_1"]["bias"] = np.zeros(5, np.float32)
    text = message(tensors(flax_state), observation_shape=SHAPE)
    assert "'params/Dense_1/bias'" in text and "(5,)" in text and "(3,)" in text


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(bad, tensors, flax_state):
    kernel = flax_state["params"]["Dense_0"]["kernel"].copy()
    kernel[0, 0] = bad
    flax_state["params"]["Dense_0"]["kernel"] = kernel
    text = message(tensors(flax_state), observation_shape=SHAPE)
    assert "'params/Dense_0/kernel' holds 1 values that are not finite" in text


def test_observation_shape_that_does_not_fit(tensors, flax_state):
    text = message(tensors(flax_state), observation_shape=(84, 84, 1))
    assert "(84, 84, 1) leave 49" in text and "takes 1" in text
    assert "expected height, width and channels" in message(tensors(flax_state), observation_shape=(84, 84))


def test_options_without_an_environment(tensors, flax_state):
    text = message(tensors(flax_state), observation_shape=SHAPE, environment_options={"noop_max": 3})
    assert "noop_max" in text and "--env" in text


def test_environment_of_the_caller_and_its_options(tensors, flax_state):
    checkpoint = load(tensors(flax_state), observation_shape=SHAPE, environment=EnvironmentSpecification("atari", "pong", {"noop_max": 3}), environment_options={"noop_max": 4})
    assert checkpoint.environment.options["noop_max"] == 4
    assert checkpoint.environment.options["preprocessing"] == {"frame_stack": 1, "stack_start": "repeat"}


def test_size_of_the_pictures_is_asked_for_where_several_fit(tensors, flax_state):
    text = message(tensors(flax_state))
    assert "several sizes" in text and "43 pixels a side" in text and "which shape do the observations have?" in text and "--observation-shape" in text


@pytest.mark.parametrize("side", [64, 84])
def test_usual_sizes_are_taken(side, tensors, flax_state):
    positions = ((((side - 8) // 4 + 1) - 4) // 2 + 1 - 2) ** 2
    flax_state["params"]["Dense_0"]["kernel"] = np.zeros((positions, 2), np.float32)
    assert load(tensors(flax_state)).network.observation_shape == (side, side, 1)


def test_compressed_file_of_something_else(tmp_path):
    import gzip

    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"a log\n" * 100))
    assert "pickle is damaged or is none" in message(path)


def test_numpy_archive_of_something_else(tmp_path):
    stream = io.BytesIO()
    np.savez(stream, x=np.arange(4))
    (tmp_path / "x.npz").write_bytes(stream.getvalue())
    assert "x 4" in message(tmp_path / "x.npz")


def test_reference_checkpoint_of_a_network_that_is_not_supported(tensors):
    joblib = pytest.importorskip("joblib")
    path = tensors({})
    joblib.dump({"params": {"ppo2_model/pi/w:0": np.zeros((2, 3), np.float32)}, "args": {"cnn": "resnet"}}, path)
    assert "network is 'resnet'; supported are clear, impala, nature" in message(path)


def test_own_checkpoint_with_a_damaged_header(tmp_path):
    from safetensors.numpy import save

    for header in ({}, {"network": 3}, {"network": {"trunk": []}}, {"network": {"observation_shape": [4, 4, 3], "num_actions": 2, "trunk": [{"layer": "Magic", "name": "x"}]}}):
        path = tmp_path / "file"
        path.write_bytes(save({"a": np.zeros(1, np.float32)}, {"rlvis": json.dumps(header)}))
        assert "header" in message(path) or "network" in message(path)
