import json

import jax
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_allclose

from rlvis.errors import NetworkError
from rlvis.networks import build, describe, list_taps
from rlvis.networks.attention import Attention
from rlvis.networks.free_lunch_saliency import VARIANTS
from rlvis.networks.stack import Dense, StackDescription, parameter_shapes
from tests.conftest import random_network, record_at_once

PLAIN, GATE, FIRST_GATE, DENSE_LAYER, POOLED_LAYER = 1_684_128, 147_712 + 2_305, 73_984 + 2_305, 1_606_144, 33_280
COUNTS = {
    "cnn": PLAIN,
    "cnn_daqn": PLAIN - DENSE_LAYER + POOLED_LAYER + 16_640 + 257,
    "cnn_rsppo": PLAIN + 33_280 + 1_026,
    "cnn_rsppo_nopad": PLAIN + 33_280 + 1_026,
    "cnn_sparse_fls": PLAIN + GATE,
    "cnn_sparse_fls_pool": PLAIN + GATE - DENSE_LAYER + POOLED_LAYER,
    "cnn_sparse_fls_norm": PLAIN + GATE,
    "cnn_sparse_fls_1x1": PLAIN + 16_640 + 257,
    "cnn_sparse_fls_sp2": PLAIN + GATE,
    "cnn_sparse_fls_norelu": PLAIN + GATE,
    "cnn_sparse_fls_norelu_pool": PLAIN + GATE - DENSE_LAYER + POOLED_LAYER,
    "cnn_sparse_fls_h1": PLAIN + FIRST_GATE,
    "cnn_sparse_fls_x3": PLAIN + FIRST_GATE + 2 * GATE,
    "cnn_dense_fls": 32 * 197 + 64 * 801 + 64 * 577 + GATE + POOLED_LAYER,
    "cnn_dense_fls_norelu": 32 * 197 + 64 * 801 + 64 * 577 + GATE + POOLED_LAYER,
}
GRIDS = {"cnn_sparse_fls_h1": 20, "cnn_sparse_fls_x3": 20, "cnn_dense_fls": 84, "cnn_dense_fls_norelu": 84}


@pytest.mark.parametrize("name", VARIANTS)
def test_published_sizes(name):
    description = describe(name, (84, 84, 4), 6)
    shapes = parameter_shapes(description)
    sizes = {layer: sum(int(np.prod(shape)) for shape in group.values()) for layer, group in shapes.items()}
    assert sum(sizes.values()) - sizes["policy"] - sizes["value"] == COUNTS[name]
    assert sizes["policy"] + sizes["value"] == 512 * 6 + 6 + 513
    network = build(description)
    parameters = jax.eval_shape(network.initialize, jax.random.key(0))
    outputs = jax.eval_shape(network, parameters, jax.ShapeDtypeStruct((2, 84, 84, 4), np.float32))
    side = GRIDS.get(name, 7)
    assert (outputs.logits.shape, outputs.value.shape) == ((2, 6), (2,))
    assert outputs.attention is None if name == "cnn" else outputs.attention.shape == (2, side, side)


@pytest.mark.parametrize("name", VARIANTS)
def test_description_survives_json(name):
    description = describe(name, (84, 84, 4), 6)
    assert StackDescription.from_json(json.loads(json.dumps(description.to_json()))) == description


def small(name):
    return random_network(name, (44, 44, 2), 3, features=7, channels=(3, 4, 5), attention_features=6)


@pytest.fixture(scope="module")
def observations():
    return np.random.default_rng(1).random((2, 44, 44, 2), np.float32)


@pytest.mark.parametrize("name", VARIANTS)
def test_outputs_are_those_of_the_formulas(name, observations):
    network, parameters = small(name)
    outputs = jax.jit(network)(parameters, observations)
    logits, value, attention = ORACLE[name](parameters, observations.astype(float))
    assert_allclose(outputs.logits, logits, atol=2e-5)
    assert_allclose(outputs.value, value, atol=2e-5)
    if attention is not None:
        assert_allclose(outputs.attention, attention, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name, total", [("cnn_daqn", 1), ("cnn_rsppo", 2), ("cnn_sparse_fls_norm", 1)])
def test_normalized_attention_sums_to(name, total, observations):
    network, parameters = small(name)
    assert_allclose(jax.jit(network)(parameters, observations).attention.sum((1, 2)), total, rtol=1e-5)


def test_attention_is_a_tap_that_can_be_replaced(observations):
    network, parameters = small("cnn_sparse_fls")
    assert [tap.name for tap in list_taps(network, parameters)] == ["conv1", "conv2", "conv3", "attention.hidden", "attention", "attention.gated", "dense"]
    _, taps = record_at_once(network, parameters, observations)
    run = jax.jit(network)
    everywhere = run(parameters, observations, replace={"attention": np.ones_like(taps["attention"])})
    assert_allclose(everywhere.attention, 1)
    plain = run(parameters, observations, replace={"attention.gated": taps["conv3"]})
    assert_allclose(everywhere.logits, plain.logits, rtol=1e-6)


def test_initial_parameters_are_orthogonal():
    description = StackDescription((2, 2, 1), 4, (Attention("attention", 4, (1, 1), join="sum"), Dense("dense", 4)))
    parameters = build(description).initialize(jax.random.key(0))
    for layer, gain in (("dense", 2**0.5), ("attention.hidden", 2**0.5), ("policy", 0.01), ("value", 1.0)):
        kernel = np.asarray(parameters[layer]["kernel"], float)
        flat = kernel.reshape(-1, kernel.shape[-1])
        small = flat @ flat.T if flat.shape[0] < flat.shape[1] else flat.T @ flat
        assert_allclose(small, gain**2 * np.eye(len(small)), atol=1e-5)
        assert not np.any(parameters[layer]["bias"])


@pytest.mark.parametrize("change", [{"form": "hardmax"}, {"join": "concatenate"}, {"maps": 0}, {"kernel": [3]}, {"activation": "sine"}])
def test_impossible_attention_is_a_network_error(change):
    data = json.loads(json.dumps(describe("cnn_daqn", (44, 44, 2), 3).to_json()))
    gate = next(layer for layer in data["trunk"] if layer["layer"] == "Attention")
    gate.update(change)
    with pytest.raises(NetworkError, match="attention"):
        build(data)


def test_attention_after_the_trunk_is_a_network_error():
    data = json.loads(json.dumps(describe("cnn_daqn", (44, 44, 2), 3).to_json()))
    with pytest.raises(NetworkError, match="trunk"):
        build({**data, "trunk": data["trunk"][:3], "policy": data["trunk"][3:]})


# The formulas, written out in NumPy.


def convolve(group, x, stride=1, same=False):
    kernel, bias = group["kernel"].astype(float), group["bias"]
    if same:
        margin = (kernel.shape[0] - 1) // 2
        x = np.pad(x, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    windows = sliding_window_view(x, kernel.shape[:2], axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("nyxcij,ijco->nyxo", windows, kernel) + bias


def relu(x):
    return np.maximum(x, 0)


def trunk(parameters, x, last_relu=True):
    x = relu(convolve(parameters["conv1"], x, 4))
    x = relu(convolve(parameters["conv2"], x, 2))
    x = convolve(parameters["conv3"], x)
    return relu(x) if last_relu else x


def dense_trunk(parameters, x, last_relu=True):
    x = relu(convolve(parameters["conv1"], x, same=True))
    x = relu(convolve(parameters["conv2"], x, same=True))
    x = convolve(parameters["conv3"], x, same=True)
    return relu(x) if last_relu else x


def heads(parameters, x):
    x = relu(x.reshape(len(x), -1) @ parameters["dense"]["kernel"] + parameters["dense"]["bias"])
    return x @ parameters["policy"]["kernel"] + parameters["policy"]["bias"], (x @ parameters["value"]["kernel"] + parameters["value"]["bias"])[:, 0]


def gate(parameters, x, name="attention"):
    hidden = relu(convolve(parameters[f"{name}.hidden"], x, same=True))
    return np.log1p(np.exp(convolve(parameters[f"{name}.output"], hidden, same=True)))


def softmax(scores):
    e = np.exp(scores)
    return e / e.sum((1, 2), keepdims=True)


def multiplied(features, weights, parameters):
    return *heads(parameters, features * weights), weights[..., 0]


def summed(features, weights, parameters):
    return *heads(parameters, np.einsum("bhwc,bhw->bc", features, weights[..., 0])), weights[..., 0]


def sparse(join, last_relu=True, change=lambda weights: weights):
    def run(parameters, x):
        features = trunk(parameters, x, last_relu)
        return join(features, change(gate(parameters, features)), parameters)

    return run


def dense(last_relu):
    def run(parameters, x):
        features = dense_trunk(parameters, x, last_relu)
        return summed(features, gate(parameters, features), parameters)

    return run


def plain(parameters, x):
    return *heads(parameters, trunk(parameters, x)), None


def daqn(parameters, x):
    features = trunk(parameters, x)
    hidden = np.tanh(convolve(parameters["attention.hidden"], features))
    return summed(features, softmax(convolve(parameters["attention.output"], hidden)), parameters)


def rsppo(border):
    def run(parameters, x):
        features = trunk(parameters, np.pad(x, ((0, 0), (border, border), (border, border), (0, 0))))
        features = features / np.sqrt(np.maximum((features**2).sum(-1, keepdims=True), 1e-12))
        hidden = convolve(parameters["attention.hidden"], features)
        hidden = np.where(hidden > 0, hidden, np.expm1(hidden))
        return multiplied(features, softmax(convolve(parameters["attention.output"], hidden)).sum(-1, keepdims=True), parameters)

    return run


def base_two(parameters, x):
    features = trunk(parameters, x)
    hidden = relu(convolve(parameters["attention.hidden"], features, same=True))
    return multiplied(features, np.log2(1 + 2 ** convolve(parameters["attention.output"], hidden, same=True)), parameters)


def first_gate(parameters, x):
    x = relu(convolve(parameters["conv1"], x, 4))
    weights = gate(parameters, x)
    x = relu(convolve(parameters["conv3"], relu(convolve(parameters["conv2"], x * weights, 2))))
    return *heads(parameters, x), weights[..., 0]


def three_gates(parameters, x):
    x = relu(convolve(parameters["conv1"], x, 4))
    first = gate(parameters, x, "attention1")
    x = relu(convolve(parameters["conv2"], x * first, 2))
    second = gate(parameters, x, "attention2")
    x = relu(convolve(parameters["conv3"], x * second))
    third = gate(parameters, x, "attention3")
    total = first[..., 0].copy()
    for weights, size in ((second, 4), (third, 8)):
        for row in range(weights.shape[1]):
            for column in range(weights.shape[2]):
                total[:, 2 * row : 2 * row + size, 2 * column : 2 * column + size] += weights[:, row : row + 1, column : column + 1, 0]
    return *heads(parameters, x * third), total


def one_by_one(parameters, x):
    features = trunk(parameters, x)
    hidden = relu(convolve(parameters["attention.hidden"], features))
    return multiplied(features, np.log1p(np.exp(convolve(parameters["attention.output"], hidden))), parameters)


ORACLE = {
    "cnn": plain,
    "cnn_daqn": daqn,
    "cnn_rsppo": rsppo(1),
    "cnn_rsppo_nopad": rsppo(0),
    "cnn_sparse_fls": sparse(multiplied),
    "cnn_sparse_fls_pool": sparse(summed),
    "cnn_sparse_fls_norm": sparse(multiplied, change=lambda weights: weights / weights.sum((1, 2), keepdims=True)),
    "cnn_sparse_fls_1x1": one_by_one,
    "cnn_sparse_fls_sp2": base_two,
    "cnn_sparse_fls_norelu": sparse(multiplied, last_relu=False),
    "cnn_sparse_fls_norelu_pool": sparse(summed, last_relu=False),
    "cnn_sparse_fls_h1": first_gate,
    "cnn_sparse_fls_x3": three_gates,
    "cnn_dense_fls": dense(True),
    "cnn_dense_fls_norelu": dense(False),
}
