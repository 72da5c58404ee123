import dataclasses
import json
import runpy
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from bs4 import BeautifulSoup
from numpy.testing import assert_allclose

import rlvis
from rlvis import layer_features, layer_maps, saliency_maps
from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.targets import VALUE
from rlvis.errors import OptionError, OutputError, RolloutError
from rlvis.interface.chunks import chunk_arrays, parse_chunk
from rlvis.interface.feature_names import write_feature_names
from rlvis.interface.writing import verify
from rlvis.networks import build
from rlvis.networks.observations import normalize_observations
from rlvis.rollouts.storage import load_rollouts, save_rollouts
from rlvis.stored_planes import StoredPlanes
from tests.conftest import record_at_once

SMALL = {"trajectories": {"num_envs": 2, "num_steps": 6}, "observations": {"num_envs": 2, "num_obs": 8, "obs_every": 2}, "nmf_features": 3, "vis_subdiv_mults": (1,), "batch_size": 8}


def index_of(page):
    return json.loads(BeautifulSoup(page.read_text(), "html.parser").find(id="index").string)


@pytest.fixture(scope="module")
def interface(tmp_path_factory, corridor_agent):
    folder = tmp_path_factory.mktemp("pipeline")
    rollouts = folder / "rollouts.npz"
    page = rlvis.run(
        corridor_agent, folder / "page", **SMALL, input_layer_include=True, attr_outputs=("logit:1", "group:sideways"), action_group_fns={"sideways": lambda name: name in ("LEFT", "RIGHT"), "alone": [4]}, load={"trajectories_path": str(rollouts), "full_resolution": True}
    )
    return page, index_of(page), rollouts


def test_the_page_tells_of_the_agent(interface):
    page, index, _ = interface
    assert page.name == "interface.html" and verify(page.parent)
    assert [layer["id"] for layer in index["layers"]] == ["input", "1a", "2a", "2b", "3a", "4a"]
    assert [trajectory["length"] for trajectory in index["trajectories"]] == [6, 6]
    assert index["human"] == {"height": 64, "width": 64, "seen": [0, 1, 0, 1]}
    assert {output["id"] for output in index["outputs"]} == {"value", *(f"logit:{action}" for action in range(5)), "group:sideways"}
    assert all(set(maps["outputs"]) == {"value", "logit:1", "group:sideways"} for maps in index["maps"])


def test_what_is_drawn_is_the_attribution(interface, corridor_agent):
    page, index, rollouts = interface
    trajectory = load_rollouts(rollouts)[0][1]
    observations = normalize_observations(trajectory.observations)
    _, activations = record_at_once(corridor_agent.network, corridor_agent.parameters, observations, names=("2b",))
    expected = integrated_gradients(corridor_agent.network, corridor_agent.parameters, activations["2b"], "2b", [VALUE], observations, rule=quadrature_rule("graded", 8))
    maps = next(entry for entry in index["maps"] if entry["layer"] == "2b")
    arrays = chunk_arrays(parse_chunk((page.parent / index["chunks"][maps["chunks"]["value"][1]]["file"]).read_text()))
    # Features and residual together are the whole attribution.
    assert_allclose(arrays["sums"].sum(axis=1), expected.maps[0].sum(axis=(1, 2, 3)), rtol=1e-3, atol=1e-5)
    assert_allclose(arrays["completeness"], expected.completeness_error[0], rtol=1e-2, atol=1e-4)


def value_sums(page, index, method, layer):
    maps = next(entry for entry in index["maps"] if (entry["method"], entry["layer"]) == (method, layer))
    return [chunk_arrays(parse_chunk((page.parent / index["chunks"][chunk]["file"]).read_text()))["sums"] for chunk in maps["chunks"]["value"]]


def test_what_is_done_differently_on_an_accelerator_gives_the_same(interface, corridor_agent, tmp_path, monkeypatch):
    recorded = {"resample": False, "trajectories_path": str(interface[2])}
    settings = {**SMALL, "layers": {"name_contains_one_of": ("2b",)}, "saliency_methods": ("perturbation",), "load": recorded, "batch_size": None, "reuse": False}
    usual = rlvis.run(corridor_agent, tmp_path / "usual", **settings)
    # A network of its own, so that its programs are compiled anew and not met by other tests.
    agent = dataclasses.replace(corridor_agent, network=build(corridor_agent.network.description))
    monkeypatch.setattr("jax.default_backend", lambda: "gpu")
    monkeypatch.setattr("rlvis.memory_budget.accelerator_memory", lambda: 16_000_000_000)
    page = rlvis.run(agent, tmp_path / "page", **settings)
    for method, layer in (("integrated_gradients", "2b"), ("perturbation", None)):
        for one, other in zip(value_sums(usual, index_of(usual), method, layer), value_sums(page, index_of(page), method, layer), strict=True):
            assert_allclose(other, one, rtol=1e-3, atol=1e-4 * np.abs(one).max())


def test_recorded_rollouts_need_no_environment(interface, corridor_agent, tmp_path):
    from dataclasses import replace

    homeless = replace(corridor_agent, environment=None)
    page = rlvis.run(homeless, tmp_path / "again", **{**SMALL, "layers": {"name_contains_one_of": ("4a",)}}, load={"resample": False, "trajectories_path": str(interface[2])})
    assert [layer["id"] for layer in index_of(page)["layers"]] == ["4a"]
    with pytest.raises(RolloutError, match="does not say which environment"):
        rlvis.run(homeless, tmp_path / "nothing", **SMALL)
    assert not (tmp_path / "nothing").exists()


def test_an_agent_with_memory_in_one_file_the_same_bytes_twice(forgetful_agent, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    pages = [rlvis.run(forgetful_agent, tmp_path / name, **{**SMALL, "layers": {"name_contains_one_of": ("2",)}}, single_file=True, seed=4, reuse=False).read_bytes() for name in ("first", "second")]
    assert pages[0] == pages[1]
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == ["interface.html", "manifest.json"]


def test_maps_are_compared_and_judged(interface, corridor_agent, tmp_path):
    rollouts = interface[2]
    page = rlvis.run(corridor_agent, tmp_path / "page", **SMALL, layers={"name_contains_one_of": ("2b", "4a")}, saliency_methods=("gradient",), trust_frames=2, load={"resample": False, "trajectories_path": str(rollouts)})
    trust = index_of(page)["trust"]
    [value, *_] = trust["agreement"]
    assert value["output"] == "value" and len(value["pairs"]) == 3 and len(trust["chunks"]) == 2
    assert [each["source"] for each in trust["judgements"]] == ["integrated_gradients/2b", "integrated_gradients/4a", "gradient"]
    assert trust["frames"] == 2
    assert index_of(interface[0])["trust"]["judgements"] == []


def test_names_of_features_and_levels_of_maps_are_those_asked_for(interface, corridor_agent, tmp_path):
    write_feature_names(tmp_path / "names.json", {"4a": {2: "a wall"}})
    page = rlvis.run(
        corridor_agent, tmp_path / "page", **SMALL, layers={"name_contains_one_of": ("4a",)}, saliency_methods=("gradient",), input_layer_include=True, attribution_levels=40, feature_names=str(tmp_path / "names.json"), load={"resample": False, "trajectories_path": str(interface[2])}
    )
    index = index_of(page)
    assert [entry["id"] for entry in index["maps"]] == ["integrated_gradients/input", "integrated_gradients/4a", "gradient"]
    for entry in index["maps"]:
        header = parse_chunk((page.parent / index["chunks"][entry["chunks"]["value"][0]]["file"]).read_text()).header
        [planes] = [each for each in header["entries"] if each["key"] == "planes"]
        assert_allclose(planes["coding"]["levels"][40] * planes["scale"], entry["scales"]["value"]["trajectories"][0], rtol=1e-3)
    assert [layer["names"] for layer in index["layers"]] == [{}, {"2": "a wall"}]


def test_temporary_files_change_no_byte(corridor_agent, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    options = {**SMALL, "layers": {"name_contains_one_of": ("4a",)}, "saliency_methods": ("gradient",), "input_layer_include": True, "reuse": False}
    first = rlvis.run(corridor_agent, tmp_path / "memory", **options, memory_budget=0.1).read_bytes()
    made = []

    def in_a_file(shape, limit):
        made.append(shape)
        return StoredPlanes(shape, 0)

    for module in (layer_features, layer_maps, saliency_maps):
        monkeypatch.setattr(module, "StoredPlanes", in_a_file)
    assert rlvis.run(corridor_agent, tmp_path / "files", **options).read_bytes() == first
    assert len(made) == 1 + 2 * (2 + 1 + 1)


def test_recorded_gaze_is_shown_beside_the_agents_maps(interface, corridor_agent, tmp_path):
    trajectories, examples, _ = load_rollouts(interface[2])
    fixations = {"starts": np.arange(7), "rows": np.full(6, 0.3, np.float32), "columns": np.linspace(0.1, 0.9, 6, dtype=np.float32)}
    watched = [dataclasses.replace(trajectory, fixations=fixations, rows={"gaze: NSS": np.arange(6, dtype=np.float32)}) for trajectory in trajectories]
    save_rollouts(tmp_path / "gaze.npz", watched, examples)
    page = rlvis.run(corridor_agent, tmp_path / "page", **SMALL, layers={"name_contains_one_of": ("4a",)}, load={"resample": False, "trajectories_path": str(tmp_path / "gaze.npz")})
    index = index_of(page)
    assert [entry["id"] for entry in index["maps"]] == ["integrated_gradients/4a", "human_gaze"]
    assert index["outputs"][-1] == {"id": "gaze", "label": "where the person looked", "kind": "gaze", "actions": []}
    assert [marks["title"] for marks in index["marks"]] == ["Highest gaze: NSS", "Lowest gaze: NSS"]
    assert index["trust"] is None
    arrays = chunk_arrays(parse_chunk((page.parent / index["chunks"]["trajectory-1"]["file"]).read_text()))
    assert_allclose(arrays["gaze/columns"], fixations["columns"], atol=1e-3)


def test_channels_as_features_and_multiple_paths(corridor_agent, tmp_path):
    options = {**SMALL, "layers": {"name_contains_one_of": ("4a",)}}
    page = rlvis.run(corridor_agent, tmp_path / "channels", **{**options, "nmf_features": 0, "optimize_features": True, "optimize_steps": 1})
    layer = index_of(page)["layers"][0]
    assert layer["features"] == 8 and layer["optimized"]
    page = rlvis.run(corridor_agent, tmp_path / "paths", **options, attr_max_paths=2)
    assert index_of(page)["maps"][0]["details"]["paths"] == 2


@pytest.mark.parametrize("options, error, message", [
    ({"nmf_feature": 3}, OptionError, "did you mean 'nmf_features'"),
    ({"trajectories": {"num_steps": 0}}, OptionError, "num_steps must be at least 1"),
    ({"attr_outputs": ("logit:77",)}, OptionError, "unknown output 'logit:77'"),
    ({"attr_integrate_rule": "simpson"}, OptionError, "unknown integration rule"),
    ({"layers": {"name_contains_one_of": ("9z",)}}, OptionError, "no layer is left"),
    ({"memory_budget": 0.01}, OptionError, "too small"),
    ({"observations": {"num_envs": 1, "num_obs": 3, "obs_every": 1}}, RolloutError, "16 observations"),
])
def test_bad_options_leave_nothing_behind(corridor_agent, tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        rlvis.run(corridor_agent, tmp_path / "page", **{**SMALL, **options})
    assert list(tmp_path.iterdir()) == []


def test_a_directory_with_the_users_files_is_left_alone(corridor_agent, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="not written by rlvis"):
        rlvis.run(corridor_agent, tmp_path, **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_example_of_an_own_agent_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["own_agent.py", "-o", str(tmp_path / "mine")])
    runpy.run_path(str(Path(__file__).parents[1] / "examples" / "own_agent.py"), run_name="__main__")
    assert verify(tmp_path / "mine")
