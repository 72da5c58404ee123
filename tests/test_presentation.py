from dataclasses import replace

import numpy as np
import pytest

from rlvis.errors import OptionError
from rlvis.interface.feature_names import write_feature_names
from rlvis.networks.bottlenecks import select_taps
from rlvis.options import RunOptions
from rlvis.presentation import describe_layers, describe_memory, layer_labels, list_targets, observation_format, present_trajectory, provenance, short_name
from rlvis.environments import EnvironmentSpecification
from rlvis.rollouts.advantages import generalized_advantages
from rlvis.rollouts.collect import collect_trajectory


@pytest.mark.parametrize("names, labels", [
    (["pi/block1/relu", "pi/block2/relu"], ["block1", "block2"]),
    (["1a", "2b"], ["1a", "2b"]),
    (["a/x", "a"], ["a/x", "a"]),
    (["model/only"], ["model/only"]),
    (["n/a/conv/out", "n/b/out"], ["a/conv", "b"]),
])
def test_labels_lose_what_all_names_share(names, labels):
    assert list(layer_labels(names).values()) == labels


def test_groups_by_direction_leave_out_single_actions(corridor_agent):
    assert [target.id for target in list_targets(corridor_agent, RunOptions())] == ["value", *(f"logit:{action}" for action in range(5))]
    named = list_targets(corridor_agent, replace(RunOptions(), action_group_fns={"sideways": lambda name: name in ("LEFT", "RIGHT"), "vertical": [2, 3]}))
    assert [(target.id, target.actions) for target in named[-2:]] == [("group:sideways", (0, 1)), ("group:vertical", (2, 3))]


def test_an_atari_observation_is_a_stack_of_grey_frames(corridor_agent):
    pong = replace(corridor_agent, environment=EnvironmentSpecification("atari", "pong", {"frame_stack": 4}))
    shown = observation_format(pong, np.zeros((2, 84, 84, 4), np.uint8))
    assert (shown.channels, shown.stack) == (1, 4)
    assert observation_format(corridor_agent, np.zeros((2, 64, 64, 3), np.uint8)).channels == 3


def test_advantages_are_those_of_the_options(corridor_agent):
    trajectory = collect_trajectory(corridor_agent, 12, seed=1)
    shown = present_trajectory(trajectory, "1", 0.9, 0.5)
    assert np.array_equal(shown.advantages, generalized_advantages(trajectory.rewards, trajectory.values, trajectory.dones, None, 0.9, 0.5))
    assert shown.advantages[-1] == 0


def test_of_an_lstm_the_part_that_others_read_is_shown_first(forgetful_agent):
    trajectory = collect_trajectory(forgetful_agent, 150, seed=3)
    memory = describe_memory(trajectory.states)
    assert [(part.id, part.label, part.size, part.shown) for part in memory] == [("lstm/c", "lstm c", 3, False), ("lstm/h", "lstm h", 3, True)]
    shown = present_trajectory(trajectory, "1", 0.9, 0.5, memory).memory["lstm/h"]
    assert np.array_equal(shown.units, trajectory.states["lstm/h"][:, memory[1].units])
    assert (shown.norm[trajectory.firsts] == 0).all() and trajectory.firsts.any()
    assert [part.shown for part in describe_memory({"core": np.ones((2, 3))})] == [True]
    assert describe_memory({}) == ()


def test_the_date_can_be_fixed(corridor_agent, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    found = provenance(corridor_agent, RunOptions())
    assert found.date == "1970-01-01T00:00:00+00:00"
    assert found.options["trajectories"] == {"num_envs": 8, "num_steps": 512}
    assert "jax" in found.versions


@pytest.mark.parametrize(("program", "command"), [("/usr/bin/rlvis", "rlvis run 'an agent.pt' -o page"), ("/lib/rlvis/__main__.py", "python -m rlvis run 'an agent.pt' -o page")])
def test_the_command_can_be_run_again(corridor_agent, monkeypatch, program, command):
    monkeypatch.setattr("sys.argv", [program, "run", "an agent.pt", "-o", "page"])
    assert provenance(corridor_agent, RunOptions()).command == command


def test_features_have_the_names_that_a_person_gave(corridor_agent, tmp_path):
    taps = select_taps(corridor_agent.network, corridor_agent.parameters)
    write_feature_names(tmp_path / "names.json", {"2b": {1: "wall"}, "of another network": {0: "sky"}})
    layers = {layer.id: layer for layer in describe_layers(taps, RunOptions(feature_names=str(tmp_path / "names.json"), nmf_features=3))}
    assert layers["2b"].names == {1: "wall"} and layers["2b"].features == 3 and layers["1a"].names == {}
    with pytest.raises(OptionError, match="up to number 2, but it has 1"):
        describe_layers(taps, RunOptions(feature_names=str(tmp_path / "names.json"), nmf_features=1))
    with pytest.raises(OptionError, match="names features of 2b, of another network, but this run shows 1a"):
        describe_layers([tap for tap in taps if tap.name == "1a"], RunOptions(feature_names=str(tmp_path / "names.json")))
    assert all(layer.names == {} for layer in describe_layers(taps, RunOptions()))


def test_short_names():
    assert [short_name(name) for name in ("NOOP", "UP", "DOWNRIGHTFIRE")] == ["no-op", "UP", "DOWNRIG…"]
