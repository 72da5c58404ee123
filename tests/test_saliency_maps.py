import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from bs4 import BeautifulSoup
from numpy.testing import assert_allclose

import rlvis
from rlvis.attribution.targets import VALUE, Target
from rlvis.errors import OptionError
from rlvis.interface.chunks import chunk_arrays, parse_chunk
from rlvis.interface.planes import decode_map
from rlvis.networks.stack import Convolution, Dense, StackDescription, build_stack, initialize
from rlvis.options import RunOptions
from rlvis.saliency import METHODS, POLICY, SaliencyMethod, find_method, register_saliency_method
from rlvis.saliency.perturbation import PerturbationOptions
from rlvis.saliency_maps import choose_methods, explain_pixels, with_explained, with_frame_stack

SMALL = {"trajectories": {"num_envs": 2, "num_steps": 5}, "observations": {"num_envs": 2, "num_obs": 8, "obs_every": 2}, "nmf_features": 2, "vis_subdiv_mults": (1,), "batch_size": 8, "layers": {"name_contains_one_of": ("4a",)}}
FIRST = Target("logit:0", "first", (0,))


@pytest.fixture
def brightness():
    register_saliency_method("brightness", lambda network, parameters, observations, state, targets, options: np.stack([observations.mean(axis=-1)] * len(targets)), target_kinds=("value",))
    yield
    del METHODS["brightness"]


def test_methods_are_chosen_by_name_with_their_options():
    options = RunOptions(saliency_methods=("perturbation",), saliency_options={"perturbation": {"stride": 4}, "gradient": {}})
    (perturbation, settings), (gradient, _) = choose_methods(options)
    assert (perturbation.name, settings.stride, gradient.name) == ("perturbation", 4, "gradient")
    assert choose_methods(RunOptions()) == ()
    ((_, settings),) = choose_methods(RunOptions(saliency_methods=("perturbation",), memory_budget=0.5))
    assert settings.memory_budget == 0.5
    with pytest.raises(OptionError, match="did you mean"):
        choose_methods(RunOptions(saliency_methods=("perturbatoin",)))
    with pytest.raises(OptionError, match="unknown option"):
        choose_methods(RunOptions(saliency_options={"gradient": {"stride": 4}}))


def test_the_whole_policy_becomes_an_output_where_something_explains_it():
    gradient, perturbation = ((find_method(name), None) for name in ("gradient", "perturbation"))
    assert with_explained((VALUE, FIRST), [gradient], [VALUE]) == (VALUE, FIRST)
    assert with_explained((VALUE, FIRST), [gradient, perturbation], [VALUE]) == (VALUE, FIRST, POLICY)


def test_the_frame_stack_is_told_where_it_matters():
    assert with_frame_stack(PerturbationOptions(frames="last"), 4).frame_stack == 4
    assert with_frame_stack(PerturbationOptions(), 4).frame_stack == 1
    assert with_frame_stack(find_method("gradient").options(), 4) == find_method("gradient").options()


def test_maps_are_on_the_page(corridor_agent, tmp_path, brightness):
    page = rlvis.run(corridor_agent, tmp_path / "page", **SMALL, saliency_methods=("jacobian", "brightness"))
    index = json.loads(BeautifulSoup(page.read_text(), "html.parser").find(id="index").string)
    assert index["outputs"][-1] == {"id": "policy", "label": "whole policy", "kind": "policy", "actions": []}
    maps = {entry["method"]: entry for entry in index["maps"]}
    assert set(maps) == {"integrated_gradients", "jacobian", "brightness"}
    assert maps["jacobian"]["outputs"] == ["value", "policy"] and maps["brightness"]["outputs"] == ["value"]
    assert (maps["jacobian"]["layer"], maps["jacobian"]["height"], maps["jacobian"]["features"], maps["jacobian"]["signed"]) == (None, 16, 1, False)
    chunk = decode_map(parse_chunk((page.parent / index["chunks"][maps["brightness"]["chunks"]["value"][1]]["file"]).read_text()))
    assert chunk["planes"].shape[1:] == (5, 16, 16) and chunk["planes"].max() > 0


def test_every_frame_is_explained_with_its_memory(forgetful_agent):
    def explain(network, parameters, observations, state, targets, options):
        memory = jax.tree.leaves(state)[0].mean(axis=1)
        return np.stack([observations.mean(axis=-1) + memory[:, None, None] + len(target.actions) for target in targets])

    trajectories = collect_two(forgetful_agent)
    method = SaliencyMethod("toy", "toy", explain, target_kinds=("value", "logit"))
    one, other = explain_pixels(forgetful_agent, (method, method.options()), trajectories, [VALUE, FIRST], quiet=True)
    maps = [*one, *other]
    assert [(encoded.map_id, encoded.output, encoded.trajectory) for _, encoded in maps] == [("toy", "value", 0), ("toy", "logit:0", 0), ("toy", "value", 1), ("toy", "logit:0", 1)]
    trajectory = trajectories[1]
    memory = jax.tree.leaves(trajectory.state_at(slice(None)))[0].mean(axis=1)
    expected = (trajectory.observations / 255).mean(axis=-1) + memory[:, None, None]
    assert_allclose(chunk_arrays(maps[2][1].chunk)["sums"][:, 0], expected.sum(axis=(1, 2)), rtol=1e-5)
    assert_allclose(maps[3][1].maxima, (expected + 1).max(axis=(1, 2)), rtol=1e-5)
    assert all(content == maps[0][0] for content, _ in maps)


def collect_two(agent):
    from rlvis.rollouts.trajectory import Trajectory, flatten_state

    generator = np.random.default_rng(0)

    def one(seed):
        state = {name: generator.standard_normal((4, *part.shape[1:])).astype(np.float32) for name, part in flatten_state(agent.network.initial_state(1)).items()}
        zeros = np.zeros(4, np.float32)
        return Trajectory(generator.integers(0, 256, (4, 16, 16, 3), np.uint8), zeros.astype(np.int32), zeros, zeros > 0, zeros > 0, np.zeros((4, 5), np.float32), zeros, state, seed=seed)

    return {0: one(0), 1: one(1)}


def test_the_example_of_an_own_method_runs(corridor_agent, tmp_path, monkeypatch):
    description = StackDescription((16, 16, 3), 5, (Convolution("conv", 4, (4, 4), (2, 2)), Dense("dense", 4)))
    agent = replace(corridor_agent, network=build_stack(description), parameters=initialize(description, jax.random.key(0)))
    rlvis.save(tmp_path / "agent.safetensors", agent)
    monkeypatch.setattr(sys, "argv", ["own_method.py", str(tmp_path / "agent.safetensors"), "-o", str(tmp_path / "mine"), "--steps", "4"])
    try:
        runpy.run_path(str(Path(__file__).parents[1] / "examples" / "own_method.py"), run_name="__main__")
    finally:
        METHODS.pop("first_order", None)
    index = json.loads(BeautifulSoup((tmp_path / "mine" / "interface.html").read_text(), "html.parser").find(id="index").string)
    (entry,) = [entry for entry in index["maps"] if entry["method"] == "first_order"]
    assert (entry["outputs"], entry["height"], entry["width"], entry["signed"]) == (["value"], 16, 16, True)
