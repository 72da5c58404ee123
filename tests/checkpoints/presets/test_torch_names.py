"""The names that versions of PyTorch programs give the same layers."""

import pickle

import numpy as np
import pytest

from rlvis.checkpoints import load
from rlvis.errors import CheckpointError

SHAPE = (36, 36, 1)
KERNELS = {"conv1": (2, 1, 8, 8), "conv2": (3, 2, 4, 4), "conv3": (2, 3, 3, 3), "dense": (6, 2), "policy": (4, 6), "value": (1, 6)}


def state(names, bias="{}.bias", weight="{}.weight"):
    """Arrays under other names; each layer's bias is its number."""
    found = {}
    for number, (layer, shape) in enumerate(KERNELS.items(), start=1):
        found[weight.format(names[layer])] = np.full(shape, 0.5, np.float32)
        found[(bias[layer] if isinstance(bias, dict) else bias).format(names[layer])] = np.full(shape[0], number, np.float32)
    return found


@pytest.fixture
def load_state(tmp_path):
    def load_state(found, **options):
        (tmp_path / "model.pkl").write_bytes(pickle.dumps(found))
        # A pickle of NumPy arrays separates its names by "/", which here are parts of PyTorch's names already.
        return load(tmp_path / "model.pkl", observation_shape=SHAPE, **options)

    return load_state


KOSTRIKOV = {
    "newest": {"conv1": "base.main.0", "conv2": "base.main.2", "conv3": "base.main.4", "dense": "base.main.7", "policy": "dist.linear", "value": "base.critic_linear"},
    "older": {"conv1": "conv1", "conv2": "conv2", "conv3": "conv3", "dense": "linear1", "policy": "dist.linear", "value": "critic_linear"},
    "oldest": {"conv1": "conv1", "conv2": "conv2", "conv3": "conv3", "dense": "linear1", "policy": "actor_linear", "value": "critic_linear"},
}


def assert_biases(checkpoint):
    for number, layer in enumerate(KERNELS, start=1):
        np.testing.assert_array_equal(checkpoint.parameters[layer]["bias"], np.full(KERNELS[layer][0], number))


@pytest.mark.parametrize("version", KOSTRIKOV)
def test_kostrikov(version, load_state):
    assert_biases(load_state(state(KOSTRIKOV[version])))


@pytest.mark.parametrize("version", KOSTRIKOV)
def test_kostrikov_with_biases_split_off_by_acktr(version, load_state):
    assert_biases(load_state(state(KOSTRIKOV[version], "{}.add_bias._bias", "{}.module.weight")))


def test_kostrikov_with_biases_in_modules_of_their_own(load_state):
    biases = {"conv1": "ab1.bias", "conv2": "ab2.bias", "conv3": "ab3.bias", "dense": "ab_fc1.bias", "value": "ab_fc2.bias", "policy": "ab_fc3.bias"}
    assert_biases(load_state(state(KOSTRIKOV["oldest"], biases)))


def test_cleanrl_below_a_prefix(load_state):
    names = {"conv1": "agent.network.0", "conv2": "agent.network.2", "conv3": "agent.network.4", "dense": "agent.network.7", "policy": "agent.actor", "value": "agent.critic"}
    assert_biases(load_state(state(names)))


def test_distribution_taken_for_actions_is_asked_about(load_state):
    found = q_network()
    found["network.9.weight"], found["network.9.bias"] = np.zeros((204, 6), np.float32), np.zeros(204, np.float32)
    with pytest.raises(CheckpointError, match=r"204 outputs; are they distributions over 51 returns for 4 actions\?"):
        load_state(found)


Q_NETWORK = {"conv1": "network.0", "conv2": "network.2", "conv3": "network.4", "dense": "network.7", "policy": "network.9", "value": "spare"}


def q_network(prefix=""):
    return {prefix + name: array for name, array in state(Q_NETWORK).items() if not name.startswith("spare")}


@pytest.mark.parametrize("target", ["target_network/", "target_net."])
def test_lagging_copies_are_not_the_agent(target, load_state):
    lagging = {name: array * 0 for name, array in q_network(target).items()}
    checkpoint = load_state({**lagging, **q_network("online/")})
    assert checkpoint.parameters["policy"]["bias"][0] == 5


@pytest.mark.parametrize("extra", ["goal_encoder.0", "value_head.0"])
def test_layers_that_nobody_knows_are_not_left_out(extra, load_state):
    with pytest.raises(CheckpointError, match=f"tensor '{extra}.weight', of which it is not known what it does"):
        load_state({**q_network(), f"{extra}.weight": np.zeros((3, 3), np.float32)})


def test_normalization_among_unknown_names_is_not_left_out(load_state):
    names = {layer: f"x{number}" for number, layer in enumerate(KERNELS)}
    assert load_state(state(names)).network.name == "nature"
    with pytest.raises(CheckpointError, match="no known kind"):
        load_state({**state(names), "norm.weight": np.ones(6, np.float32)})


def test_a_policy_alone_is_not_taken_for_action_values(load_state):
    found = {name: array for name, array in state({layer: f"x.{layer}" if layer != "policy" else "fc_logits" for layer in KERNELS}).items() if "value" not in name}
    with pytest.raises(CheckpointError, match="no known kind"):
        load_state(found)
