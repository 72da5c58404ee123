"""rlvis's own format."""

import json
import os

import numpy as np
import pytest

from rlvis.checkpoints import Checkpoint, load, save
from rlvis.environments import EnvironmentSpecification
from rlvis.errors import CheckpointError, OutputError
from rlvis.networks import Network, build, describe


@pytest.fixture
def checkpoint(tiny_clear):
    network, parameters = tiny_clear
    environment = EnvironmentSpecification("procgen", "coinrun", {"distribution_mode": "easy"})
    return Checkpoint(network, parameters, environment, tuple("abcde"), 0.97, 0.9, {"returns": [1.5, 2.0], "licence": "MIT"}, ("A note.",))


def assert_same(found, expected):
    assert found.network.description == expected.network.description
    for layer, group in expected.parameters.items():
        for part, array in group.items():
            np.testing.assert_array_equal(found.parameters[layer][part], array)
            assert found.parameters[layer][part].dtype == np.float32
    for name in ("environment", "action_names", "gamma", "gae_lambda", "metadata", "notes"):
        assert getattr(found, name) == getattr(expected, name)


def test_what_is_written_is_read(checkpoint, tmp_path):
    path = save(tmp_path / "agent.safetensors", checkpoint)
    found = load(path)
    assert_same(found, checkpoint)
    assert (found.format, found.path, len(found.sha256)) == ("rlvis", str(path), 64)
    assert_same(load(save(tmp_path / "again.safetensors", found)), checkpoint)


def test_same_checkpoint_same_bytes(checkpoint, tmp_path):
    assert save(tmp_path / "a", checkpoint).read_bytes() == save(tmp_path / "b", checkpoint).read_bytes()


def test_recurrent_checkpoints(tmp_path):
    description = describe("nature", (40, 40, 3), 4, features=8, lstm=6)
    network = build(description)
    generator = np.random.default_rng(0)
    from rlvis.networks.stack import parameter_shapes

    parameters = {layer: {part: generator.standard_normal(shape).astype(np.float32) for part, shape in group.items()} for layer, group in parameter_shapes(description).items()}
    agent = Checkpoint(network, parameters, None, tuple("wxyz"))
    assert_same(load(save(tmp_path / "agent", agent)), agent)


def test_half_precision(checkpoint, tmp_path):
    path = save(tmp_path / "half", checkpoint, half_precision=True)
    assert path.stat().st_size < 0.6 * save(tmp_path / "full", checkpoint).stat().st_size
    for layer, group in load(path).parameters.items():
        for part, array in group.items():
            np.testing.assert_allclose(array, checkpoint.parameters[layer][part], rtol=1e-3, atol=1e-6)
            assert array.dtype == np.float32


def test_too_large_for_half_precision(checkpoint, tmp_path):
    parameters = {**checkpoint.parameters, "1a": {**checkpoint.parameters["1a"], "bias": np.full(4, 1e6, np.float32)}}
    with pytest.raises(CheckpointError, match="1a/bias reaches 1e\\+06"):
        save(tmp_path / "half", Checkpoint(checkpoint.network, parameters), half_precision=True)
    assert os.listdir(tmp_path) == []


def test_readable_by_the_format_s_own_library(checkpoint, tmp_path):
    from safetensors import safe_open

    with safe_open(save(tmp_path / "agent", checkpoint), "np") as file:
        assert json.loads(file.metadata()["rlvis"])["gamma"] == 0.97
        np.testing.assert_array_equal(file.get_tensor("1a/kernel"), checkpoint.parameters["1a"]["kernel"])


def test_existing_file_is_kept_when_writing_fails(checkpoint, tmp_path, monkeypatch):
    path = tmp_path / "agent"
    path.write_bytes(b"precious")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OutputError, match="No space left on device"):
        save(path, checkpoint)
    assert path.read_bytes() == b"precious" and os.listdir(tmp_path) == ["agent"]


def test_where_nothing_can_be_written(checkpoint, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        save(tmp_path / "file" / "agent", checkpoint)
    with pytest.raises(OutputError, match="cannot write"):
        save(tmp_path, checkpoint)


def test_network_that_is_only_code(tmp_path):
    network = Network(lambda *_: None, (4, 4, 3), 2)
    with pytest.raises(CheckpointError, match="exists only as Python code"):
        save(tmp_path / "agent", Checkpoint(network, {}))


def test_metadata_that_are_no_json(checkpoint, tmp_path):
    with pytest.raises(CheckpointError, match="cannot be written as JSON"):
        save(tmp_path / "agent", Checkpoint(checkpoint.network, checkpoint.parameters, metadata={"x": object()}))
