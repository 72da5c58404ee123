"""A second agent that is shown what the first one saw, and is explained like it."""

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import rlvis
from rlvis.checkpoints.saving import save
from rlvis.command_line import main
from rlvis.errors import OptionError
from rlvis.interface.chunks import chunk_arrays
from rlvis.interface.reading import read_chunk, read_index
from rlvis.interface.writing import verify
from rlvis.options import LoadOptions, RunOptions
from rlvis.rollouts.divergence import greedy_difference, policy_divergence
from rlvis.second_agent import explained_agents, read_second, second_notes
from tests.conftest import random_network

SMALL = {
    "trajectories": {"num_envs": 2, "num_steps": 6}, "observations": {"num_envs": 2, "num_obs": 8, "obs_every": 2}, "layers": {"name_contains_one_of": ("2b", "4a", "block2.res2")},
    "nmf_features": 3, "vis_subdiv_mults": (1,), "batch_size": 8,
}  # fmt: skip


@pytest.fixture(scope="module")
def stranger(corridor_agent):
    """A feed-forward agent of another architecture and other numbers than the corridor's."""
    network, parameters = random_network("impala", (16, 16, 3), 5, channels=(4, 6), features=16)
    return replace(corridor_agent, network=network, parameters=parameters, path="runs/stranger.pt")


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("work")


def written(folder, chunk):
    return chunk_arrays(read_chunk(folder, read_index(folder), chunk))


def maps_of(folder, index, map_id, output="value"):
    [entry] = [each for each in index["maps"] if each["id"] == map_id]
    return [written(folder, chunk) for chunk in entry["chunks"][output]]


def test_the_same_agent_twice_is_not_apart_and_has_the_same_maps(corridor_agent, tmp_path, work):
    page = rlvis.run(corridor_agent, tmp_path / "page", **SMALL, beside=corridor_agent, saliency_methods=("gradient",), input_layer_include=True, attr_outputs=("logit:1",), work_dir=str(work))
    index = read_index(page.parent)
    assert verify(page.parent)
    for trajectory in index["trajectories"]:
        arrays = written(page.parent, trajectory["chunk"])
        assert_array_equal(arrays["row:apart"], 0)
        assert_array_equal(arrays["row:beside"], arrays["values"])
        assert_array_equal(arrays["beside/logits"], arrays["logits"])
    for own, other in (("integrated_gradients/2b", "integrated_gradients/b/2b"), ("integrated_gradients/4a", "integrated_gradients/b/4a"), ("gradient", "b/gradient"), ("integrated_gradients/input", "integrated_gradients/b/input")):
        for output in ("value", "logit:1"):
            for one, two in zip(maps_of(page.parent, index, own, output), maps_of(page.parent, index, other, output), strict=True):
                assert one.keys() == two.keys()
                for name, array in one.items():
                    assert_array_equal(two[name], array)
    layers = {layer["id"]: layer for layer in index["layers"]}
    for name, array in written(page.parent, layers["2b"]["examples"]).items():
        assert_array_equal(written(page.parent, layers["b/2b"]["examples"])[name], array)
    assert "B differs most" not in [marks["title"] for marks in index["marks"]]


def test_another_agent_is_explained_beside_and_the_first_one_is_not_played_again(corridor_agent, forgetful_agent, tmp_path, work, capsys):
    alone = rlvis.run(corridor_agent, tmp_path / "alone", **SMALL, work_dir=str(work))
    capsys.readouterr()
    page = rlvis.run(corridor_agent, tmp_path / "page", **SMALL, beside=forgetful_agent, work_dir=str(work))
    [line] = re.findall("rlvis: reused (.*)", capsys.readouterr().err)
    assert line == "dataset examples 2b, 4a; features 2b, 4a; maps attribution 2b 1, attribution 2b 2, attribution 4a 1, attribution 4a 2; observations 1; trajectories 1, 2"
    index, before = read_index(page.parent), read_index(alone.parent)
    assert [layer["id"] for layer in index["layers"]] == ["2b", "4a", "b/2b", "b/4a"]
    assert [layer["label"] for layer in index["layers"]] == ["2b", "4a", "B 2b", "B 4a"]
    assert index["beside"]["layers"] == ["b/2b", "b/4a"] and index["beside"]["layer"] == "b/4a" and index["beside"]["network"]["recurrent"]
    assert index["defaults"] == before["defaults"] and "beside" not in before
    for map_id in ("integrated_gradients/2b", "integrated_gradients/4a"):
        for one, two in zip(maps_of(page.parent, index, map_id), maps_of(alone.parent, before, map_id), strict=True):
            assert_array_equal(one["planes"], two["planes"])
    arrays = written(page.parent, "trajectory-0")
    assert_array_equal(arrays["row:apart"], policy_divergence(arrays["logits"], arrays["beside/logits"]))
    assert arrays["row:apart"].min() > 0
    assert {"row:apart", "row:beside", "beside/logits", "beside/values"} == arrays.keys() - written(alone.parent, "trajectory-0").keys()
    # Its maps are of its own output, in the frames that the first one saw.
    assert np.abs(maps_of(page.parent, index, "integrated_gradients/b/4a")[0]["target"] - arrays["beside/values"]).max() < 1e-4
    again = rlvis.run(corridor_agent, tmp_path / "again", **SMALL, beside=forgetful_agent, work_dir=str(work))
    assert "thoughts 1, 2" in capsys.readouterr().err
    assert read_index(again.parent)["chunks"] == index["chunks"]


def test_a_q_network_is_compared_by_its_best_action(corridor_agent, stranger, tmp_path):
    values = replace(stranger, network=replace(stranger.network, kind="q"))
    page = rlvis.run(corridor_agent, tmp_path / "page", **SMALL, beside=values, reuse=False, single_file=True)
    index = read_index(page.parent)
    arrays = written(page.parent, "trajectory-1")
    assert_array_equal(arrays["row:apart"], greedy_difference(arrays["logits"], arrays["beside/logits"]))
    assert [layer["id"] for layer in index["layers"]] == ["2b", "4a", "b/block2.res2"]
    assert index["beside"]["layer"] == "b/block2.res2"


def test_what_it_has_not_is_left_out(forgetful_agent, stranger):
    options = RunOptions(beside=stranger, attr_memory=True, saliency_methods=("attention", "gradient"), load=LoadOptions(resample=False))
    first, second = explained_agents(forgetful_agent, options)
    assert first.options.attr_memory and not second.options.attr_memory
    assert [method.name for method, _ in second.methods] == ["b/gradient"]
    notes = second_notes([first, second])
    assert notes[0].startswith("B is stranger.pt (impala).") and notes[-1] == "B has no attention of its own to show."
    remembering = explained_agents(stranger, RunOptions(beside=forgetful_agent, load=LoadOptions(resample=False)))
    assert any("was taken to be empty" in note for note in second_notes(remembering))
    assert second_notes([first]) == []


def test_where_it_was_trained_elsewhere_the_page_says_so(corridor_agent, stranger):
    abroad = replace(stranger, environment=replace(stranger.environment, name="another corridor"), notes=("a note",))
    notes = second_notes(explained_agents(corridor_agent, RunOptions(beside=abroad)))
    assert notes[1:] == ["B was trained to play another corridor, not corridor.", "B: a note"]


@pytest.mark.parametrize("change, message", [
    ({"network": random_network("clear", (16, 20, 3), 5, channels=2)}, "stranger.pt, takes observations of 16×20×3, the one that plays 16×16×3"),
    ({"network": random_network("clear", (16, 16, 3), 4, channels=2)}, "stranger.pt, has 4 actions, the one that plays 5"),
    ({"action_names": ("RIGHT", "LEFT", "UP", "DOWN", "NOOP")}, "has the actions RIGHT, LEFT, UP, DOWN, NOOP, the one that plays LEFT, RIGHT"),
])
def test_agents_that_cannot_stand_side_by_side_are_refused_before_anything_is_played(corridor_agent, stranger, tmp_path, monkeypatch, change, message):
    if "network" in change:
        change = dict(zip(("network", "parameters"), change["network"], strict=True))
    monkeypatch.setattr("rlvis.pipeline.roll_out", None)
    with pytest.raises(OptionError, match=message):
        rlvis.run(corridor_agent, tmp_path / "page", **SMALL, beside=replace(stranger, **change))
    assert list(tmp_path.iterdir()) == []


def test_names_of_actions_may_be_missing_or_written_otherwise(corridor_agent, stranger):
    for names in ((), ("left", "right", "up", "down", "noop")):
        assert len(explained_agents(corridor_agent, RunOptions(beside=replace(stranger, action_names=names)))) == 2


def test_layers_that_it_does_not_have_and_what_is_no_checkpoint(corridor_agent, stranger):
    with pytest.raises(OptionError, match="of the agent beside, stranger.pt: no layer is left to attribute to; this network has block1"):
        explained_agents(corridor_agent, replace(RunOptions(beside=stranger), layers=replace(RunOptions().layers, name_contains_one_of=("2b",))))
    with pytest.raises(OptionError, match="must be the path of a checkpoint, or a Checkpoint, got 7"):
        read_second(7, corridor_agent)


def test_the_command_refuses_with_code_2(corridor_agent, tmp_path, capsys):
    save(tmp_path / "first.safetensors", corridor_agent)
    network, parameters = random_network("clear", (16, 16, 3), 4, channels=2)
    save(tmp_path / "second.safetensors", replace(corridor_agent, network=network, parameters=parameters, environment=None, action_names=()))
    assert main(["run", str(tmp_path / "first.safetensors"), "-o", str(tmp_path / "page"), "--beside", str(tmp_path / "second.safetensors")]) == 2
    assert capsys.readouterr().err.strip() == "rlvis: the agent beside, second.safetensors, has 4 actions, the one that plays 5; choose one that has the same"
    assert main(["run", str(tmp_path / "first.safetensors"), "-o", str(tmp_path / "page"), "--beside", str(tmp_path / "nothing.pt")]) == 2
    assert "nothing.pt" in capsys.readouterr().err
    assert not (tmp_path / "page").exists()


def test_where_only_the_value_differs_policies_are_not_apart(corridor_agent, tmp_path):
    head = corridor_agent.parameters["value"]
    parameters = {**corridor_agent.parameters, "value": {**head, "bias": head["bias"] + np.float32(0.5)}}
    page = rlvis.run(corridor_agent, tmp_path / "page", **SMALL, beside=replace(corridor_agent, parameters=parameters), reuse=False)
    arrays = written(page.parent, "trajectory-0")
    assert_array_equal(arrays["row:apart"], 0)
    np.testing.assert_allclose(arrays["row:beside"], arrays["values"] + 0.5, rtol=1e-6)
