"""Networks described by hand load without code."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.checkpoints import load
from rlvis.errors import CheckpointError
from rlvis.networks.stack import Convolution, Dense, Pool, Recurrence, StackDescription, parameter_shapes

DESCRIPTION = StackDescription(
    (12, 10, 2),
    3,
    (Convolution("conv", 4, (3, 3), (2, 2), ((1, 1), (1, 1)), "elu"), Pool("pool", "max", padding="VALID"), Dense("dense", 6, "tanh"), Recurrence("memory", 5)),
    (Dense("actor", 4, "tanh"),),
    (Recurrence("critic", 3, "gru"),),
)


@pytest.fixture
def parameters():
    generator = np.random.default_rng(3)
    return {layer: {part: generator.standard_normal(shape).astype(np.float32) for part, shape in group.items()} for layer, group in parameter_shapes(DESCRIPTION).items()}


@pytest.fixture
def load_mapped(tmp_path):
    """`load_mapped(arrays, map)`: the checkpoint of arrays in an `.npz` file and a map."""

    def load_mapped(arrays, data):
        np.savez(tmp_path / "arrays.npz", **arrays)
        (tmp_path / "map.json").write_text(json.dumps(data) if not isinstance(data, str) else data)
        return load(tmp_path / "arrays.npz", map_file=tmp_path / "map.json")

    return load_mapped


def torch_arrays(parameters):
    """The parameters as PyTorch keeps them, under names of nobody's."""

    def gates(array, order):
        blocks = np.split(array, len(order), axis=-1)
        return np.concatenate([blocks[index] for index in order], axis=-1).T

    picture = parameters["dense"]["kernel"].reshape(3, 2, 4, 6)
    memory, critic = parameters["memory"], parameters["critic"]
    return {
        "x.weight": parameters["conv"]["kernel"].transpose(3, 2, 0, 1),
        "x.bias": parameters["conv"]["bias"].reshape(-1, 1),
        "weights_of_y": picture.transpose(2, 0, 1, 3).reshape(24, 6).T,
        "first_part": parameters["dense"]["bias"] - 1,
        "second_part": np.ones(6, np.float32),
        "m.weight_ih_l0": memory["input_kernel"].T,
        "m.weight_hh_l0": memory["hidden_kernel"].T,
        "m.bias_ih_l0": memory["bias"],
        "m.bias_hh_l0": np.zeros_like(memory["bias"]),
        "a.weight": parameters["actor"]["kernel"].T,
        "c.weight_ih": critic["input_kernel"].T,
        "c.weight_hh": critic["hidden_kernel"].T,
        "c.bias_ih": critic["bias"],
        "c.bias_hh": critic["hidden_bias"],
        "pi.weight": parameters["policy"]["kernel"].T,
        "pi.bias": parameters["policy"]["bias"],
        "v.weight": parameters["value"]["kernel"].T,
        "v.bias": parameters["value"]["bias"],
    }


MAP = {
    "network": DESCRIPTION.to_json(),
    "tensors": {
        "conv": "x",
        "dense": {"kernel": "weights_of_y", "bias": "first_part+second_part"},
        "memory": "m",
        "actor": {"kernel": "a.weight", "bias": None},
        "critic": "c",
        "policy": "pi",
        "value": "v",
    },
    "gamma": 0.9,
    "action_names": ["left", "right", "wait"],
    "environment": {"kind": "atari", "name": "pong"},
}


def test_every_kind_of_layer_finds_its_tensors(parameters, load_mapped):
    checkpoint = load_mapped(torch_arrays(parameters), MAP)
    parameters["actor"]["bias"] = np.zeros(4, np.float32)
    for layer, group in parameters.items():
        for part, array in group.items():
            assert_allclose(checkpoint.parameters[layer][part], array, rtol=1e-6, atol=1e-6, err_msg=f"{layer} {part}")
    assert checkpoint.network.description == DESCRIPTION.to_json()
    assert (checkpoint.gamma, checkpoint.action_names, checkpoint.environment.name) == (0.9, ("left", "right", "wait"), "pong")


def test_layouts_can_be_changed_one_by_one(parameters, load_mapped):
    arrays = torch_arrays(parameters)
    arrays["x.weight"] = parameters["conv"]["kernel"].transpose(2, 3, 0, 1)
    arrays["weights_of_y"] = parameters["dense"]["kernel"].T
    gates = np.split(parameters["memory"]["input_kernel"], 4, axis=1)
    for name, part in (("m.weight_ih_l0", "input_kernel"), ("m.weight_hh_l0", "hidden_kernel"), ("m.bias_ih_l0", "bias")):
        gates = np.split(parameters["memory"][part], 4, axis=-1)
        arrays[name] = np.concatenate([gates[index] for index in (3, 0, 1, 2)], axis=-1).T
    layout = {"like": "torch", "convolution": "IOHW", "flatten": "HWC", "lstm_gates": "oifg"}
    checkpoint = load_mapped(arrays, {**MAP, "layout": layout})
    for layer, part in (("conv", "kernel"), ("dense", "kernel"), ("memory", "input_kernel"), ("memory", "hidden_kernel"), ("memory", "bias")):
        assert_allclose(checkpoint.parameters[layer][part], parameters[layer][part], err_msg=f"{layer} {part}")


def test_distributional_network_by_map(load_mapped):
    description = StackDescription((2, 2, 1), 3, (), kind="q", atoms=(-1.0, 0.0, 1.0))
    arrays = {"head.weight": np.ones((9, 4), np.float32), "head.bias": np.arange(9, dtype=np.float32)}
    checkpoint = load_mapped(arrays, {"network": description.to_json(), "tensors": {"policy": "head"}})
    scores = np.exp(np.arange(9.0).reshape(3, 3))
    assert_allclose(checkpoint.network(checkpoint.parameters, np.zeros((1, 2, 2, 1), np.float32)).logits[0], (scores / scores.sum(1, keepdims=True)) @ [-1, 0, 1], rtol=1e-5)


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"network": None}, 'no "network"'),
        ({"network": {"trunk": []}}, "not the description of a network"),
        ({"colour": 3}, "entry 'colour'; known ones are network, tensors"),
        ({"tensors": {"conv": 3}}, "has to give each layer a name"),
        ({"layout": "fortran"}, "no layout 'fortran'; there are torch, tensorflow"),
        ({"layout": {"like": "torch", "convolution": "HWIX"}}, "expected an order of the letters HWIO"),
        ({"layout": {"diagonal": "yes"}}, "a layout has no 'diagonal'"),
        ({"gamma": 2}, "gamma is 2; expected a number from 0 to 1"),
        ({"environment": {"kind": 3}}, "description of an environment"),
        ({"tensors": {**MAP["tensors"], "conv": "nowhere"}}, "'nowhere.weight' or 'nowhere.weight_mu' is missing"),
        ({"tensors": {**MAP["tensors"], "conv": "a"}}, "'a.weight' has shape (4, 5); expected (4, 2, 3, 3)"),
        ({"tensors": {**MAP["tensors"], "dense": {"kernel": "weights_of_y"}}}, "nothing says which tensor is the bias of layer 'dense'"),
    ],
)
def test_mistakes_in_maps_are_named(change, expected, parameters, load_mapped):
    with pytest.raises(CheckpointError) as caught:
        load_mapped(torch_arrays(parameters), {**MAP, **change})
    assert expected in str(caught.value)


def test_map_files_that_are_none(tmp_path, parameters, load_mapped):
    with pytest.raises(CheckpointError, match="is no JSON"):
        load_mapped(torch_arrays(parameters), "{")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load(tmp_path / "arrays.npz", map_file=tmp_path / "absent.json")
