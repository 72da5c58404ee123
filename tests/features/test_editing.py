import jax
import numpy as np
import pytest

from rlvis.errors import NetworkError, OptionError
from rlvis.features.editing import blind_to_feature, find_readers
from rlvis.networks import Network, Outputs, build, describe
from rlvis.networks.stack import Activation, Attention, Convolution, Dense, Normalization, Pool, Recurrence, StackDescription, parameter_shapes
from tests.conftest import record_at_once


def stack(*trunk, policy=(), value=(), shape=(8, 8, 3), **options):
    return build(StackDescription(shape, 3, trunk, policy, value, **options))


def random_parameters(network):
    generator = np.random.default_rng(3)
    shapes = parameter_shapes(StackDescription.from_json(network.description))
    return {layer: {part: generator.standard_normal(shape).astype(np.float32) for part, shape in group.items()} for layer, group in shapes.items()}


def readers(network, layer):
    return ["/".join(reader) for reader in find_readers(network, layer)]


def test_formula():
    network = stack(Convolution("a", 5, (3, 3)), Convolution("b", 4, (3, 3)))
    parameters = random_parameters(network)
    direction = np.random.default_rng(0).random(5)
    edited = blind_to_feature(network, parameters, "a", direction)
    projection = np.eye(5) - np.outer(direction, direction) / (direction @ direction)
    kernel = np.asarray(parameters["b"]["kernel"])
    for row in range(3):
        for column in range(3):
            np.testing.assert_allclose(edited["b"]["kernel"][row, column], projection @ kernel[row, column], atol=1e-5)
    assert edited["a"] is parameters["a"] and edited["b"]["bias"] is parameters["b"]["bias"]
    assert edited["b"]["kernel"].dtype == np.float32
    # The parameters that were given stay as they were.
    np.testing.assert_array_equal(parameters["b"]["kernel"], kernel)


@pytest.mark.parametrize("layer", ["1a", "2a", "4a"])
def test_what_is_added_along_the_direction_is_not_noticed(tiny_clear, tiny_observations, layer):
    network, parameters = tiny_clear
    activations = np.asarray(record_at_once(network, parameters, tiny_observations, names=(layer,))[1][layer])
    direction = np.random.default_rng(1).random(activations.shape[-1])
    # Pooling lies behind 1a and 4a: the same amount at every position comes through it along the same direction.
    added = activations * 0 + np.float32(0.5) * direction.astype(np.float32)
    edited = blind_to_feature(network, parameters, layer, direction)
    baseline = activations if layer == "2a" else activations * 0
    blind = [jax.jit(network)(edited, tiny_observations, replace={layer: a}).logits for a in (baseline, baseline + added)]
    seeing = [jax.jit(network)(parameters, tiny_observations, replace={layer: a}).logits for a in (baseline, baseline + added)]
    np.testing.assert_allclose(*blind, atol=1e-4)
    assert np.abs(seeing[0] - seeing[1]).max() > 0.01


def test_several_directions_at_once():
    network = stack(Convolution("a", 5, (3, 3)), Dense("d", 4))
    parameters = random_parameters(network)
    directions = np.random.default_rng(0).random((2, 5))
    kernel = blind_to_feature(network, parameters, "a", directions)["d"]["kernel"].reshape(64, 5, 4)
    np.testing.assert_allclose(np.einsum("mc,pcd->mpd", directions, kernel), 0, atol=1e-5)
    assert np.linalg.matrix_rank(kernel.transpose(1, 0, 2).reshape(5, -1), tol=1e-4) == 3


def test_readers_of_the_clear_network():
    network = build(describe("clear", (64, 64, 3), 15))
    assert readers(network, "1a") == readers(network, "1pool") == ["2a/kernel"]
    assert readers(network, "2a") == ["2b/kernel"]
    assert readers(network, "4a") == ["dense1/kernel"]
    assert readers(network, "dense1") == ["dense2/kernel"]
    assert readers(network, "dense2") == ["policy/kernel", "value/kernel"]


def test_readers_in_a_residual_network():
    network = build(describe("impala", (16, 16, 3), 5, channels=(4, 6)))
    # A skip connection carries the layer on to every later reader of the sum.
    assert readers(network, "block1.conv") == ["block1.res1.conv1/kernel", "block1.res2.conv1/kernel", "block2.conv/kernel"]
    assert readers(network, "block1.res1") == readers(network, "block1.res1.conv2") == ["block1.res2.conv1/kernel", "block2.conv/kernel"]
    assert readers(network, "block1.res2.relu1") == ["block1.res2.conv1/kernel"]
    assert readers(network, "block1.res2.relu2") == readers(network, "block1.res2.conv1") == ["block1.res2.conv2/kernel"]
    assert readers(network, "block2.res2") == ["dense/kernel"]


def test_readers_through_memory_attention_and_towers():
    network = stack(
        Convolution("a", 5, (3, 3), activation="linear"), Activation("rectified"), Attention("look", 4), Pool("pool", "max"),
        Recurrence("memory", 6), policy=(Dense("p", 4),), value=(Dense("v1", 4), Dense("v2", 3)),
    )  # fmt: skip
    assert readers(network, "a") == readers(network, "rectified") == ["look.hidden/kernel", "memory/input_kernel"]
    assert readers(network, "look.hidden") == ["look.output/kernel"]
    assert readers(network, "look.gated") == ["memory/input_kernel"]
    assert readers(network, "memory") == ["p/kernel", "v1/kernel"]
    assert readers(network, "p") == ["policy/kernel"]
    assert readers(network, "v1") == ["v2/kernel"] and readers(network, "v2") == ["value/kernel"]
    with pytest.raises(NetworkError, match="no kernel reads layer 'look'"):
        find_readers(network, "look")


def test_a_q_network_has_one_head():
    assert readers(stack(Convolution("a", 5, (3, 3)), kind="q"), "a") == ["policy/kernel"]


def test_the_observation_read_by_a_recurrent_kernel_position_by_position():
    network = stack(Convolution("a", 5, (3, 3)), Recurrence("memory", 6, "gru"))
    parameters = random_parameters(network)
    direction = np.array([1.0, 0, 2, 0, 0])
    kernel = blind_to_feature(network, parameters, "a", direction)["memory"]["input_kernel"]
    np.testing.assert_allclose(np.einsum("c,pcd->pd", direction, kernel.reshape(64, 5, 18)), 0, atol=1e-5)


def test_mistakes():
    network = stack(Convolution("a", 5, (3, 3)))
    parameters = random_parameters(network)
    with pytest.raises(NetworkError, match="no layer 'b' whose readers could be edited; it has a"):
        blind_to_feature(network, parameters, "b", np.ones(5))
    with pytest.raises(OptionError, match=r"5 channels; .* found \(4,\)"):
        blind_to_feature(network, parameters, "a", np.ones(4))
    for bad in (np.zeros(5), np.full(5, np.nan), [np.ones(5), np.zeros(5)]):
        with pytest.raises(OptionError, match="finite and not all zeros"):
            blind_to_feature(network, parameters, "a", bad)


def test_networks_that_are_only_code():
    network = Network(lambda parameters, observations, state, tap: Outputs(observations, observations), (8, 8, 3), 3, name="mine")
    with pytest.raises(NetworkError, match="'mine' exists only as Python code"):
        blind_to_feature(network, {}, "a", np.ones(5))


def test_what_is_normalised_cannot_be_left_out():
    network = stack(Convolution("a", 5, (3, 3), activation="linear"), Normalization("n"), Activation("b"), Dense("c", 4))
    with pytest.raises(NetworkError, match="layer 'n' normalises what it reads"):
        find_readers(network, "a")
    assert readers(network, "b") == ["c/kernel"]
