import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.errors import OptionError, RolloutError
from rlvis.saliency import METHODS, find_method, register_saliency_method
from rlvis.trust.assessment import Frames, agreement, assess, choose_frames, explain_heads
from rlvis.trust.options import TrustOptions
from rlvis.trust.report import JSON, area_text, polyline, similarity_text, write_trust_report


@pytest.fixture
def brightness():
    """A method that says something else of every action, and depends on the first layer's parameters."""

    def explain(network, parameters, observations, state, targets, options):
        weight = float(np.asarray(parameters["1a"]["kernel"]).ravel()[0])
        return np.stack([observations.mean(axis=-1) * weight + sum(target.actions) for target in targets])

    yield register_saliency_method("brightness", explain, label="brightness", target_kinds=("value", "logit"))
    del METHODS["brightness"]


@pytest.fixture(scope="module")
def frames():
    generator = np.random.default_rng(0)
    return Frames(np.array([0, 4, 9]), generator.integers(0, 256, (3, 16, 16, 3), np.uint8), None, np.array([2, 0, 2]))


def test_each_frame_is_explained_for_its_own_action(corridor_agent, brightness, frames):
    parameters = {"1a": {"kernel": np.ones(1)}}
    maps = explain_heads(corridor_agent, parameters, brightness, brightness.options(), frames)
    bright = (frames.observations / 255).mean(axis=-1)
    assert_allclose(maps["action"], bright + np.array([2, 0, 2])[:, None, None], atol=1e-5)
    assert_allclose(maps["value"], bright, atol=1e-5)
    assert list(explain_heads(corridor_agent, corridor_agent.parameters, find_method("sarfa"), find_method("sarfa").make_options({"stride": 8, "local": False}), frames)) == ["action"]


def test_where_methods_differ_most(frames):
    base = np.random.default_rng(1).random((3, 4, 4))
    other = np.stack([base[0], 1 - base[1], base[2]])
    found = agreement({"a": base, "b": other, "c": np.zeros((3, 4, 4))}, frames, 2)
    assert [pair["methods"] for pair in found["pairs"]] == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert_allclose(found["pairs"][0]["correlation"], 1 / 3)
    assert found["pairs"][1]["correlation"] is None and found["pairs"][1]["constant"] == 3
    assert [frame["step"] for frame in found["disagreement"]] == [4, 0]
    assert agreement({"a": base}, frames, 2) == {"pairs": [], "disagreement": []}


def test_an_agent_is_assessed(corridor_agent, brightness, tmp_path):
    options = TrustOptions(methods=("brightness",), num_steps=6, frames=3, curve_steps=4, fill="black")
    result = assess(corridor_agent, options, quiet=True)
    assert result["frames"] == [0, 2, 5] or result["frames"] == [0, 3, 5]
    (method,) = result["methods"]
    assert method["value"]["deletion"]["curve"][0] == pytest.approx(0, abs=1e-5)
    assert method["value"]["insertion"]["curve"][-1] == pytest.approx(0, abs=1e-5)
    assert [baseline["name"] for baseline in result["baselines"]] == ["random order", "from the centre"]
    for head in ("action", "value"):
        # Whatever the order, both ends are the intact and the empty picture.
        ends = {tuple(np.round(source[head]["deletion"]["curve"], 5)[[0, -1]]) for source in [method, *result["baselines"]]}
        assert len(ends) == 1
    layers = [step["layers"] for step in method["randomization"]]
    assert layers[0] == "policy and value" and layers[-1] == "1a"
    assert method["randomization"][0]["correlation"] == pytest.approx(1)
    page = write_trust_report(tmp_path / "trust", result)
    text = page.read_text()
    assert json.loads((page.parent / JSON).read_text()) == result
    assert text.count("<polyline") == 2 * 2 * 3 and "brightness" in text and "<script" not in text


def test_frames_are_spread_evenly(forgetful_agent):
    from rlvis.rollouts.collect import collect_trajectory

    trajectory = collect_trajectory(forgetful_agent, 5, 0)
    frames = choose_frames(trajectory, 3)
    assert frames.steps.tolist() == [0, 2, 4] and len(frames.observations) == 3
    assert all(len(part) == 3 for part in frames.state.values() if hasattr(part, "shape"))
    assert choose_frames(trajectory, 99).steps.tolist() == [0, 1, 2, 3, 4]


def test_texts():
    found, random, centre = ({"area": 0.5, "interval": [0.4, 0.6], "areas": areas} for areas in ([0.4, 0.6], [0.5, 0.5], [0.7, 0.7]))
    assert area_text(found, [random, centre], "smaller") == {"area": "0.5", "interval": "0.4 to 0.6", "beats": "1 and 2"}
    assert area_text(found, [random, centre], "larger")["beats"] == "1 and 0"
    assert polyline([0, 1], 2) == "0.0,120.0 240.0,60.0"
    assert similarity_text({"correlation": None, "constant": 2}) == "maps are constant"
    assert similarity_text({"correlation": 0.5, "interval": [0.4, 0.6], "constant": 1}) == "0.50 (0.40 to 0.60), 1 frame with a constant map"
    assert similarity_text({"correlation": -0.5, "interval": [-0.6, -0.4], "constant": 0}) == "−0.50 (−0.60 to −0.40)"


def test_what_cannot_be_done_is_refused(corridor_agent):
    from dataclasses import replace

    with pytest.raises(RolloutError, match="--env"):
        assess(replace(corridor_agent, environment=None), TrustOptions(), quiet=True)
    with pytest.raises(OptionError, match="did you mean"):
        assess(corridor_agent, TrustOptions(methods=("gradients",)), quiet=True)
    with pytest.raises(OptionError, match="fill"):
        TrustOptions(fill="red")


def test_shares_in_a_box_are_reported(corridor_agent, brightness, tmp_path):
    options = TrustOptions(methods=("brightness",), num_steps=6, frames=3, curve_steps=4, randomize=False, box="0:8,0:4")
    result = assess(corridor_agent, options, quiet=True)
    found = result["methods"][0]["box"]
    height, width, _ = corridor_agent.network.observation_shape
    assert found["even"] == pytest.approx(32 / (height * width))
    for head in ("action", "value"):
        assert len(found[head]["shares"]) == 3 and found[head]["interval"][0] <= found[head]["share"] <= found[head]["interval"][1]
    page = write_trust_report(tmp_path, result).read_text()
    assert "Share in the box" in page and f"{100 * found['value']['share']:.1f} %" in page
    with pytest.raises(OptionError, match="box takes rows and columns"):
        assess(corridor_agent, TrustOptions(methods=("brightness",), box="9"), quiet=True)
