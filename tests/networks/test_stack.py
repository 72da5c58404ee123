import json

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.errors import NetworkError
from rlvis.networks import build, describe, list_taps
from rlvis.networks.stack import Convolution, Dense, StackDescription, parameter_shapes
from tests.conftest import record_at_once


def test_clear_has_the_published_taps_and_sizes():
    description = describe("clear", (64, 64, 3), 15)
    network = build(description)
    taps = {tap.name: tap.shape for tap in list_taps(network, jax.eval_shape(network.initialize, jax.random.key(0)))}
    assert {name: taps[name] for name in ("1a", "2a", "2b", "3a", "4a")} == {
        "1a": (64, 64, 16), "2a": (32, 32, 32), "2b": (32, 32, 32), "3a": (16, 16, 32), "4a": (8, 8, 32),
    }
    assert parameter_shapes(description)["dense1"]["kernel"] == (512, 256)


@pytest.mark.parametrize("name, size, count", [("nature", (84, 84, 4), 1_684_128), ("impala", (64, 64, 3), 622_144)])
def test_number_of_parameters_before_the_heads(name, size, count):
    shapes = parameter_shapes(describe(name, size, 6))
    assert sum(int(np.prod(shape)) for layer, group in shapes.items() if layer not in ("policy", "value") for shape in group.values()) == count


def test_description_survives_json():
    description = describe("impala", (64, 64, 3), 15, lstm=8)
    assert StackDescription.from_json(json.loads(json.dumps(description.to_json()))) == description


@pytest.mark.parametrize("damage", [{"trunk": [{"layer": "Transformer"}]}, {"trunk": [{"layer": "Dense"}]}, {"trunk": 3}, {"num_actions": "many"}])
def test_a_damaged_description_is_a_network_error(damage):
    with pytest.raises(NetworkError):
        build({**describe("nature", (84, 84, 4), 6).to_json(), **damage})


def test_an_observation_that_is_too_small_names_the_layer():
    with pytest.raises(NetworkError, match="layer 'conv2'"):
        parameter_shapes(describe("nature", (16, 16, 3), 4))


def test_unknown_architecture_suggests_the_nearest():
    with pytest.raises(NetworkError, match="did you mean 'impala'"):
        describe("impalla", (64, 64, 3), 15)


def test_unknown_architecture_option():
    with pytest.raises(NetworkError, match="does not take these options"):
        describe("nature", (64, 64, 3), 15, chanels=3)


@pytest.mark.parametrize("size", [(64, 64, 3), (40, 52, 1), (84, 84, 4)])
@pytest.mark.parametrize("name", ["clear", "impala", "nature"])
def test_any_observation_size(name, size):
    network = build(describe(name, size, 4))
    parameters = jax.eval_shape(network.initialize, jax.random.key(0))
    outputs = jax.eval_shape(network, parameters, jax.ShapeDtypeStruct((2, *size), np.float32))
    assert outputs.logits.shape == (2, 4) and outputs.value.shape == (2,)


def test_q_network_value_is_the_best_action(tiny_observations):
    trunk = (Convolution("conv", 2, (4, 4), (4, 4)), Dense("dense", 8))
    network = build(StackDescription((16, 16, 3), 3, trunk, kind="q"))
    parameters = jax.jit(network.initialize)(jax.random.key(1))
    outputs = jax.jit(network)(parameters, tiny_observations)
    assert "value" not in parameters
    assert_allclose(outputs.value, outputs.logits.max(axis=1))


def test_separate_towers_follow_the_trunk(tiny_observations):
    trunk = (Dense("trunk", 8),)
    network = build(StackDescription((16, 16, 3), 3, trunk, (Dense("actor", 4, "tanh"),), (Dense("critic", 5, "tanh"),)))
    p = jax.jit(network.initialize)(jax.random.key(1))
    hidden = np.maximum(tiny_observations.reshape(3, -1) @ p["trunk"]["kernel"], 0)
    outputs = jax.jit(network)(p, tiny_observations)
    assert_allclose(outputs.value, (np.tanh(hidden @ p["critic"]["kernel"]) @ p["value"]["kernel"])[:, 0], rtol=1e-4, atol=1e-6)
    assert_allclose(outputs.logits, np.tanh(hidden @ p["actor"]["kernel"]) @ p["policy"]["kernel"], rtol=1e-4, atol=1e-6)


def test_memory_goes_in_and_out(tiny_observations):
    network = build(describe("nature", (40, 40, 3), 4, features=8, lstm=6))
    parameters = jax.jit(network.initialize)(jax.random.key(1))
    observations = np.random.default_rng(0).random((2, 40, 40, 3), np.float32)
    play = jax.jit(network)
    first = play(parameters, observations)
    second = play(parameters, observations, first.state)
    assert first.state["lstm"]["h"].shape == (2, 6)
    assert not np.allclose(first.value, second.value)


def test_reference_networks_agree_with_the_published_implementation(shared):
    from rlvis.checkpoints import load

    for name, size in (("clear", 8), ("impala", 8), ("nature", 8)):
        folder = shared / "models" / f"reference-{name}"
        golden = np.load(folder / "golden.npz")
        checkpoint = load(folder / "checkpoint.jd")
        observations = golden["observations"][:size] / np.float32(255)
        outputs, activations = record_at_once(checkpoint.network, checkpoint.parameters, observations)
        assert_allclose(outputs.logits, golden["policy_logits"], atol=1e-5 * np.abs(golden["policy_logits"]).max())
        assert_allclose(outputs.value, golden["value"], atol=1e-5 * np.abs(golden["value"]).max())
        for key, tap in (("act_2b", "2b"), ("act_Relu_10", "block3.res2.relu1"), ("act_Relu_2", "conv3")):
            if key in golden:
                assert_allclose(activations[tap][: len(golden[key])], golden[key], atol=1e-5 * golden[key].max())
