"""Training that starts from an agent: which agents fit, what is taken from them, and going on afterwards."""

import shutil

import numpy as np
import pytest

from rlvis.checkpoints import Checkpoint, load, save
from rlvis.errors import CheckpointError, OptionError
from rlvis.networks import build, describe
from rlvis.training.run_directory import RunDirectory
from rlvis.training.starting_point import starting_point
from rlvis.training.train import train


def write_agent(path, observation_shape=(8, 8, 1), num_actions=3, kind="actor-critic", **options):
    """A checkpoint of an untrained agent."""
    description = describe("tiny", observation_shape, num_actions, **options)
    network = build(description if kind == "actor-critic" else {**description.to_json(), "kind": kind})
    return save(path, Checkpoint(network, network.initialize(None)))


def learned(path, part):
    """The parameters or the optimizer's state in a run's directory."""
    return {name: array for name, array in RunDirectory(path).load_state().items() if name.startswith(f"{part}/")}


def test_the_agents_network_and_parameters_are_taken_and_the_optimizer_is_fresh(tmp_path, whole_run, tiny_training):
    agent = RunDirectory(whole_run).last
    still = {**tiny_training, "learning_rate": 0.0, "total_steps": 64}
    del still["network"]
    train(output=tmp_path / "run", start_from=str(agent), **still)
    before, after = (load(RunDirectory(path).last) for path in (whole_run, tmp_path / "run"))
    assert after.network.name == "tiny" and after.network.description == before.network.description
    for layer, parts in before.parameters.items():
        for part, array in parts.items():
            np.testing.assert_array_equal(after.parameters[layer][part], array)
    (steps,) = (array for name, array in learned(tmp_path / "run", "optimizer_state").items() if array.dtype == np.int32)
    assert steps == 4, "two epochs of two minibatches, and none of the four iterations before"


def test_resumed_is_uninterrupted_even_when_the_agent_is_gone(tmp_path, whole_run, tiny_training):
    agent = shutil.copy(RunDirectory(whole_run).best, tmp_path / "agent.safetensors")
    options = {**tiny_training, "start_from": agent, "seed": 1}
    del options["network"]
    train(output=tmp_path / "whole", **options)
    train(output=tmp_path / "parts", **{**options, "total_steps": 128})
    (tmp_path / "agent.safetensors").unlink()
    train(output=tmp_path / "parts", resume=True, total_steps=256)
    whole, parts = (RunDirectory(tmp_path / name).load_state() for name in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    for name in whole.keys() - {"seconds"}:
        np.testing.assert_array_equal(whole[name], parts[name], err_msg=name)


def test_a_run_cannot_change_where_it_started(tmp_path, whole_run):
    before = RunDirectory(whole_run).config.read_bytes()
    with pytest.raises(OptionError, match="started from fresh parameters"):
        train(output=whole_run, resume=True, start_from=str(tmp_path / "other.safetensors"))
    assert RunDirectory(whole_run).config.read_bytes() == before


def test_a_named_network_must_be_the_agents(tmp_path, tiny_options):
    path = str(write_agent(tmp_path / "agent.safetensors", width=8))
    same = starting_point(tiny_options(start_from=path, network_options=("width=8",)), (8, 8, 1), 3)
    assert same.description == describe("tiny", (8, 8, 1), 3, width=8) and set(same.parameters) == {"conv", "dense", "policy", "value"}
    with pytest.raises(OptionError, match=r"not have the network tiny width=32 but tiny \(conv 4, dense 8\); leave out --network"):
        starting_point(tiny_options(start_from=path, network_options=("width=32",)), (8, 8, 1), 3)


@pytest.mark.parametrize(
    ("agent", "message"),
    [
        ({"observation_shape": (16, 8, 1)}, r"sees \(16, 8, 1\) and has 3 actions; what is trained sees \(8, 8, 1\)"),
        ({"num_actions": 5}, "has 5 actions; .* and has 3"),
        ({"kind": "q"}, "Q-network"),
    ],
)
def test_agents_that_do_not_fit_are_refused(tmp_path, tiny_training, agent, message):
    path = write_agent(tmp_path / "agent.safetensors", **agent)
    with pytest.raises(OptionError, match=message):
        train(output=tmp_path / "run", start_from=str(path), **{**tiny_training, "network": "same"})
    assert not (tmp_path / "run").exists()


def test_what_is_no_agent_is_refused(tmp_path, tiny_training):
    (tmp_path / "notes.txt").write_text("not an agent")
    for name in ("notes.txt", "missing.safetensors"):
        with pytest.raises(CheckpointError, match=name):
            train(output=tmp_path / "run", start_from=str(tmp_path / name), **{**tiny_training, "network": "same"})
    assert not (tmp_path / "run").exists()


def test_the_network_of_no_agent_is_none(tiny_options):
    with pytest.raises(OptionError, match="give --start-from"):
        tiny_options(network="same")
    with pytest.raises(OptionError, match="has its own"):
        tiny_options(network="same", start_from="agent.safetensors", network_options=("width=8",))
