"""`rlvis inspect` and `rlvis convert`."""

import argparse
import json

import numpy as np
import pytest

from rlvis.checkpoints import Checkpoint, load, save
from rlvis.command_line import convert, inspect
from rlvis.command_line.checkpoint_arguments import parse_environment, parse_options
from rlvis.environments import EnvironmentSpecification
from rlvis.errors import CheckpointError, OptionError, OutputError
from tests.conftest import random_network


def run(*arguments):
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    inspect.register(subparsers)
    convert.register(subparsers)
    parsed = parser.parse_args([str(argument) for argument in arguments])
    return parsed.command(parsed)


@pytest.fixture
def agent(tiny_clear, tmp_path):
    network, parameters = tiny_clear
    environment = EnvironmentSpecification("procgen", "coinrun", {"distribution_mode": "easy"})
    return save(tmp_path / "agent.safetensors", Checkpoint(network, parameters, environment, tuple("abcde"), 0.97, metadata={"returns": 3.5}, notes=("A note.",)))


def test_inspect_as_json(agent, capsys):
    assert run("inspect", agent, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["format"] == "rlvis checkpoint"
    assert found["network"] | {"parameters": None} == {"name": "clear", "kind": "actor-critic", "observation_shape": [16, 16, 3], "num_actions": 5, "recurrent": False, "parameters": None}
    assert [layer["name"] for layer in found["layers"]][:3] == ["1a", "1pool", "2a"] and found["layers"][-1]["name"] == "value"
    assert found["layers"][0]["parameters"] == {"1a/kernel": [7, 7, 3, 4], "1a/bias": [4]} and found["layers"][0]["output_shape"] == [16, 16, 4]
    assert sum(layer["count"] for layer in found["layers"]) == found["network"]["parameters"]
    assert {tap["name"] for tap in found["taps"] if tap["attributable"]} >= {"1a", "2a", "2b"}
    assert found["environment"] == {"kind": "procgen", "name": "coinrun", "options": {"distribution_mode": "easy"}}
    assert (found["gamma"], found["metadata"], found["notes"], found["missing"]) == (0.97, {"returns": 3.5}, ["A note."], [])


def test_inspect_for_people(agent, capsys):
    assert run("inspect", agent) == 0
    text = capsys.readouterr().out
    for part in ("network clear (actor-critic): observations 16×16×3, 5 actions", "7×7×3×4", "layers to attribute to: 1a", "environment: procgen coinrun", "γ 0.97", "note: A note."):
        assert part in text


def test_inspect_of_a_network_of_no_known_kind(tmp_path, capsys):
    np.savez(tmp_path / "arrays.npz", mystery=np.zeros((3, 4)))
    assert run("inspect", tmp_path / "arrays.npz") == 0
    text = capsys.readouterr().out
    assert "mystery" in text and "3×4" in text and "missing:" in text and "--map" in text
    assert run("inspect", tmp_path / "arrays.npz", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["network"] is None and found["tensors"] == [{"name": "mystery", "shape": [3, 4]}]


def test_inspect_of_a_damaged_file(tmp_path):
    (tmp_path / "file").write_bytes(b"\x80\x04broken")
    with pytest.raises(CheckpointError):
        run("inspect", tmp_path / "file")


def test_inspect_says_what_is_missing_and_takes_it(tmp_path, tiny_atari, capsys):
    run("inspect", tiny_atari, "--observation-shape", 36, 36, 1, "--json")
    found = json.loads(capsys.readouterr().out)
    assert any("--env" in item for item in found["missing"])
    assert found["preprocessing"]["frame_stack"] == 1
    run("inspect", tiny_atari, "--observation-shape", 36, 36, 1, "--env", "ALE/Pong-v5", "--env-option", "noop_max=0", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["environment"]["name"] == "ALE/Pong-v5" and found["environment"]["options"]["noop_max"] == 0
    assert not any("--env" in item for item in found["missing"])


@pytest.fixture
def tiny_atari(tmp_path):
    import pickle

    shapes = {"Conv_0": (8, 8, 1, 1), "Conv_1": (4, 4, 1, 1), "Conv_2": (3, 3, 1, 1), "Dense_0": (1, 2), "Dense_1": (2, 3), "Dense_2": (2, 1)}
    state = {name: {"kernel": np.ones(shape, np.float32), "bias": np.zeros(shape[-1], np.float32)} for name, shape in shapes.items()}
    (tmp_path / "agent.pkl").write_bytes(pickle.dumps({"params": state}))
    return tmp_path / "agent.pkl"


def test_convert(tiny_atari, tmp_path, capsys):
    output = tmp_path / "converted.safetensors"
    assert run("convert", tiny_atari, "-o", output, "--observation-shape", 36, 36, 1, "--env", "pong") == 0
    assert str(output) in capsys.readouterr().out
    converted, original = load(output), load(tiny_atari, observation_shape=(36, 36, 1))
    assert converted.environment.name == "pong" and converted.network.description == original.network.description
    for layer, group in original.parameters.items():
        for part, array in group.items():
            np.testing.assert_array_equal(converted.parameters[layer][part], array)


def test_convert_to_a_run_of_free_lunch_saliency(agent, tmp_path):
    network, parameters = random_network("cnn_daqn", (84, 84, 4), 4, features=6, channels=(2, 3, 2), attention_features=3)
    attentive = save(tmp_path / "attentive.safetensors", Checkpoint(network, parameters, EnvironmentSpecification("atari", "breakout")))
    assert run("convert", attentive, "-o", tmp_path / "run", "--free-lunch-run") == 0
    found = load(tmp_path / "run")
    assert (found.network.name, found.environment.name) == ("cnn_daqn", "breakout")
    np.testing.assert_array_equal(found.parameters["attention.hidden"]["kernel"], parameters["attention.hidden"]["kernel"])
    with pytest.raises(CheckpointError, match="holds one of cnn, "):
        run("convert", agent, "-o", tmp_path / "other", "--free-lunch-run")


def test_convert_replaces_only_on_request(agent, tmp_path):
    output = tmp_path / "exists"
    output.write_bytes(b"precious")
    with pytest.raises(OutputError, match="--overwrite"):
        run("convert", agent, "-o", output)
    assert output.read_bytes() == b"precious"
    assert run("convert", agent, "-o", output, "--overwrite", "--half-precision") == 0
    assert load(output).gamma == 0.97


@pytest.mark.parametrize(
    "text, kind, name",
    [
        ("coinrun", "procgen", "coinrun"),
        ("procgen:starpilot", "procgen", "starpilot"),
        ("procgen:procgen-maze-v0", "procgen", "maze"),
        ("atari:pong", "atari", "pong"),
        ("ALE/Pong-v5", "atari", "ALE/Pong-v5"),
        ("breakout", "atari", "breakout"),
        ("mine:cave", "mine", "cave"),
    ],
)
def test_environments_by_name(text, kind, name):
    found = parse_environment(text)
    assert (found.kind, found.name) == (kind, name)


def test_options_of_environments():
    assert parse_options(["a=1", "b-c=easy", "d=true", "e=False", 'f={"x": [1]}', "g=None", "h=a=b"]) == {"a": 1, "b_c": "easy", "d": True, "e": False, "f": {"x": [1]}, "g": None, "h": "a=b"}
    for wrong in (["a"], ["=1"], ["a=1", "a=2"]):
        with pytest.raises(OptionError):
            parse_options(wrong)
