"""Descriptions of networks: JSON there and back, what is refused, and heads other than an actor's and a critic's."""

import json

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.errors import NetworkError
from rlvis.networks import build
from rlvis.networks.stack import Activation, Affine, Convolution, Dense, Normalization, Pool, Recurrence, ResidualBlock, StackDescription, input_shapes, parameter_shapes

TRUNK = (Convolution("a", 3, (3, 3)), Pool("b", "max"), ResidualBlock("c", 3), Activation("d"), Dense("e", 4))


def parameters_of(description, seed=0):
    generator = np.random.default_rng(seed)
    return {layer: {part: generator.standard_normal(shape).astype(np.float32) for part, shape in group.items()} for layer, group in parameter_shapes(description).items()}


def test_json_there_and_back():
    description = StackDescription((8, 8, 2), 3, (Affine("scale", 2.0, -1.0), *TRUNK, Recurrence("f", 5, "gru")), (Dense("g", 4, "tanh"),), (Recurrence("h", 2),), "q", "mine", (-1.0, 1.0), True)
    assert StackDescription.from_json(json.loads(json.dumps(description.to_json()))) == description


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"trunk": [{"layer": "Dense", "name": "a", "features": 3}, {"layer": "Dense", "name": "a", "features": 3}]}, "two layers are named 'a'"),
        ({"trunk": [{"layer": "Dense", "name": "policy", "features": 3}]}, "other than policy and value"),
        ({"trunk": [{"layer": "Dense", "name": "a", "features": 3, "activation": "swoosh"}]}, "activation is 'swoosh'; there are relu"),
        ({"trunk": [{"layer": "Dense", "name": "a", "features": 0}]}, "features is 0"),
        ({"trunk": [{"layer": "Recurrence", "name": "a", "features": 3, "cell": "brain"}]}, "there are lstm, gru"),
        ({"trunk": [{"layer": "Pool", "name": "a", "kind": "median"}]}, "there are max, average, l2"),
        ({"trunk": [{"layer": "Convolution", "name": "a", "features": 3, "kernel": 3}]}, "expected two whole numbers"),
        ({"trunk": [{"layer": "Convolution", "name": "a", "features": 3, "kernel": [3, 3], "padding": "MOST"}]}, "padding is 'MOST'"),
        ({"trunk": [{"layer": "Convolution", "name": "a", "features": 3, "kernel": [3, 3], "padding": [[1, 1], [1, -1]]}]}, "padding is"),
        ({"trunk": [{"layer": "Dense", "name": "a", "features": 3, "colour": "red"}]}, "colour"),
        ({"trunk": [{"layer": "Normalization", "name": "a", "over": "time"}]}, "over is 'time'; there are batch, features, everything"),
        ({"trunk": [{"layer": "Normalization", "name": "a", "epsilon": 0}]}, "epsilon is 0; expected a number above 0"),
        ({"trunk": [{"layer": "Cortex", "name": "a"}]}, "unknown layer 'Cortex'"),
        ({"kind": "oracle"}, "there are actor-critic, q"),
        ({"observation_shape": [8, 8]}, "observations (height, width, channels)"),
        ({"num_actions": 0}, "at least one action"),
        ({"trunk": 3}, "not the description of a network"),
    ],
)
def test_what_cannot_be_is_refused(change, expected):
    data = {"observation_shape": [8, 8, 2], "num_actions": 3, "trunk": [], **change}
    with pytest.raises(NetworkError) as caught:
        StackDescription.from_json(data)
    assert expected in str(caught.value)


def test_shapes_that_reach_each_layer():
    description = StackDescription((8, 6, 2), 3, TRUNK, (Dense("g", 7),))
    assert input_shapes(description) == {
        "a": (8, 6, 2), "b": (8, 6, 3), "c": (4, 3, 3), "c.conv1": (4, 3, 3), "c.conv2": (4, 3, 3), "d": (4, 3, 3), "e": (4, 3, 3), "g": (4,), "policy": (7,), "value": (4,),
    }  # fmt: skip


def test_mean_of_a_distribution_over_returns():
    """Bellemare et al. 2017, algorithm 1: Q(x, a) = Σ z_i p_i(x, a)."""
    atoms = (-2.0, 0.5, 3.0)
    description = StackDescription((2, 2, 1), 4, (Dense("a", 5),), kind="q", atoms=atoms)
    parameters = parameters_of(description)
    assert parameters["policy"]["kernel"].shape == (5, 12) and "value" not in parameters
    x = np.random.default_rng(1).random((3, 2, 2, 1), np.float32)
    hidden = np.maximum(x.reshape(3, 4) @ parameters["a"]["kernel"] + parameters["a"]["bias"], 0)
    scores = np.exp((hidden @ parameters["policy"]["kernel"] + parameters["policy"]["bias"]).reshape(3, 4, 3))
    expected = (scores / scores.sum(-1, keepdims=True) * atoms).sum(-1)
    outputs = build(description)(parameters, x)
    assert_allclose(outputs.logits, expected, rtol=1e-5)
    assert_allclose(outputs.value, expected.max(1), rtol=1e-5)


def test_dueling_heads():
    """Wang et al. 2016, equation 9: Q = V + A − mean A."""
    description = StackDescription((2, 2, 1), 4, (), (Dense("a", 5),), (Dense("v", 6, "tanh"),), kind="q", dueling=True)
    parameters = parameters_of(description)
    x = np.random.default_rng(1).random((3, 2, 2, 1), np.float32)
    flat = x.reshape(3, 4)
    advantages = np.maximum(flat @ parameters["a"]["kernel"] + parameters["a"]["bias"], 0) @ parameters["policy"]["kernel"] + parameters["policy"]["bias"]
    value = np.tanh(flat @ parameters["v"]["kernel"] + parameters["v"]["bias"]) @ parameters["value"]["kernel"] + parameters["value"]["bias"]
    expected = value + advantages - advantages.mean(1, keepdims=True)
    outputs = build(description)(parameters, x)
    assert_allclose(outputs.logits, expected, rtol=1e-4, atol=1e-5)
    assert_allclose(outputs.value, expected.max(1), rtol=1e-4, atol=1e-5)


def test_dueling_heads_of_distributions():
    """Hessel et al. 2018: softmax over returns of v + a − mean a, and the mean of each action's distribution."""
    atoms = (-2.0, 0.5, 3.0)
    description = StackDescription((2, 2, 1), 4, (), kind="q", atoms=atoms, dueling=True)
    parameters = parameters_of(description)
    assert parameters["value"]["kernel"].shape == (4, 3)
    x = np.random.default_rng(1).random((3, 2, 2, 1), np.float32)
    advantages, value = (x.reshape(3, 4) @ parameters[head]["kernel"] + parameters[head]["bias"] for head in ("policy", "value"))
    advantages = advantages.reshape(3, 4, 3)
    scores = np.exp(value[:, None] + advantages - advantages.mean(1, keepdims=True))
    assert_allclose(build(description)(parameters, x).logits, (scores / scores.sum(-1, keepdims=True) * atoms).sum(-1), rtol=1e-4)


@pytest.mark.parametrize("over, shape", [("batch", (3,)), ("features", (3,)), ("everything", (2, 2, 3))])
def test_normalizations(over, shape):
    description = StackDescription((2, 2, 3), 2, (Normalization("n", over, 0.01),))
    assert StackDescription.from_json(json.loads(json.dumps(description.to_json()))) == description
    parameters = parameters_of(description)
    assert {part: array.shape for part, array in parameters["n"].items()} == dict.fromkeys(("mean", "variance", "scale", "offset") if over == "batch" else ("scale", "offset"), shape)
    x = np.random.default_rng(1).random((4, 2, 2, 3), np.float32)
    group = {**parameters["n"], **({"variance": np.abs(parameters["n"]["variance"])} if over == "batch" else {})}
    axes = -1 if over == "features" else (1, 2, 3)
    mean, variance = (group["mean"], group["variance"]) if over == "batch" else (x.mean(axes, keepdims=True), x.var(axes, keepdims=True))
    normalized = (x - mean) / np.sqrt(variance + 0.01) * group["scale"] + group["offset"]
    expected = normalized.reshape(4, 12) @ parameters["policy"]["kernel"] + parameters["policy"]["bias"]
    assert_allclose(build(description)({**parameters, "n": group}, x).logits, expected, rtol=1e-4, atol=1e-4)


def test_memories_in_towers_are_carried():
    network = build(StackDescription((2, 2, 1), 3, (), (Recurrence("p", 4),), (Recurrence("v", 5, "gru"),)))
    parameters = network.initialize(jax.random.key(0))
    outputs = jax.jit(network)(parameters, np.ones((2, 2, 2, 1), np.float32))
    assert {name: {part: array.shape for part, array in state.items()} for name, state in outputs.state.items()} == {"p": {"c": (2, 4), "h": (2, 4)}, "v": {"h": (2, 5)}}
    assert not np.allclose(jax.jit(network)(parameters, np.ones((2, 2, 2, 1), np.float32), outputs.state).value, outputs.value)


def test_observations_in_another_range():
    shifted = StackDescription((2, 2, 1), 3, (Affine("range", 255.0, -128.0), Dense("a", 4, "linear")))
    plain = StackDescription((2, 2, 1), 3, (Dense("a", 4, "linear"),))
    parameters = parameters_of(plain)
    x = np.random.default_rng(2).random((2, 2, 2, 1), np.float32)
    assert_allclose(build(shifted)(parameters, x).logits, build(plain)(parameters, x * 255 - 128).logits, rtol=1e-4, atol=1e-3)
