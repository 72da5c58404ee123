"""Stable-Baselines 2: dueling Q-networks and memories, computed by hand."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.checkpoints import load
from rlvis.errors import CheckpointError
from tests.conftest import record_at_once

SHAPE = (36, 36, 1)


@pytest.fixture
def generator():
    return np.random.default_rng(5)


def variables(generator, scope, sizes, kernel="w", bias="b"):
    found = {}
    for name, shape in sizes.items():
        found[f"{scope}{name}/{kernel}:0"] = (generator.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]))).astype(np.float32)
        found[f"{scope}{name}/{bias}:0"] = generator.standard_normal((1, shape[-1], 1, 1) if len(shape) == 4 else shape[-1]).astype(np.float32)
    return found


TRUNK = {"c1": (8, 8, 1, 2), "c2": (4, 4, 2, 3), "c3": (3, 3, 3, 2), "fc1": (2, 6)}


@pytest.fixture
def load_variables(tmp_path):
    def load_variables(found):
        (tmp_path / "model.pkl").write_bytes(pickle.dumps(({"gamma": 0.9}, found)))
        return load(tmp_path / "model.pkl", observation_shape=SHAPE)

    return load_variables


def test_dueling_network(generator, load_variables):
    found = variables(generator, "deepq/model/action_value/", TRUNK)
    found |= variables(generator, "deepq/model/action_value/", {"fully_connected": (6, 4)}, "weights", "biases")
    found |= variables(generator, "deepq/model/state_value/", {"fully_connected": (6, 5), "fully_connected_1": (5, 3), "fully_connected_2": (3, 1)}, "weights", "biases")
    found = {**{f"deepq/target_q_func/{name.removeprefix('deepq/')}": np.full_like(array, 9) for name, array in found.items()}, **found, "deepq/eps:0": np.zeros((), np.float32)}
    checkpoint = load_variables(found)
    observations = generator.random((3, *SHAPE), np.float32)
    outputs, taps = record_at_once(checkpoint.network, checkpoint.parameters, observations)
    advantages = taps["dense"] @ found["deepq/model/action_value/fully_connected/weights:0"] + found["deepq/model/action_value/fully_connected/biases:0"]
    value = taps["dense"]
    for suffix in ("", "_1", "_2"):
        name = f"deepq/model/state_value/fully_connected{suffix}"
        value = value @ found[f"{name}/weights:0"] + found[f"{name}/biases:0"]
        value = np.maximum(value, 0) if suffix != "_2" else value
    expected = value + advantages - advantages.mean(axis=1, keepdims=True)
    assert_allclose(outputs.logits, expected, rtol=1e-4, atol=1e-5)
    assert_allclose(outputs.value, expected.max(axis=1), rtol=1e-4, atol=1e-5)
    assert "Q-network" in checkpoint.notes[0]


def test_memory(generator, load_variables):
    found = variables(generator, "model/", {**TRUNK, "pi": (5, 4), "vf": (5, 1), "q": (5, 4)})
    found |= {"model/lstm1/wx:0": generator.standard_normal((6, 20)), "model/lstm1/wh:0": generator.standard_normal((5, 20)), "model/lstm1/b:0": generator.standard_normal(20)}
    checkpoint = load_variables(found)
    observations = generator.random((3, *SHAPE), np.float32)
    outputs, taps = record_at_once(checkpoint.network, checkpoint.parameters, observations)
    i, _, o, u = np.split(np.asarray(taps["dense"]) @ found["model/lstm1/wx:0"] + found["model/lstm1/b:0"], 4, axis=1)
    hidden = np.tanh(np.tanh(u) / (1 + np.exp(-i))) / (1 + np.exp(-o))
    assert_allclose(outputs.logits, hidden @ found["model/pi/w:0"] + found["model/pi/b:0"], rtol=1e-4, atol=1e-5)
    assert checkpoint.network.recurrent


def test_layer_normalisation_is_refused(generator, load_variables):
    found = variables(generator, "model/", {**TRUNK, "pi": (5, 4), "vf": (5, 1)})
    found |= {"model/lstm1/wx:0": np.zeros((6, 20)), "model/lstm1/wh:0": np.zeros((5, 20)), "model/lstm1/b:0": np.zeros(20), "model/lstm1/gx:0": np.ones(20)}
    with pytest.raises(CheckpointError, match="layer normalisation; that is not supported"):
        load_variables(found)


def test_heads_missing(generator, load_variables):
    with pytest.raises(CheckpointError, match="the heads are missing"):
        load_variables(variables(generator, "model/", TRUNK))
