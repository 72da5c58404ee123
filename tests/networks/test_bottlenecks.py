import jax
import jax.numpy as jnp
import pytest

from rlvis.errors import OptionError
from rlvis.networks import Network, Outputs, build, describe
from rlvis.networks.bottlenecks import affine_entry, attributable_taps, select_taps
from rlvis.networks.stack import Convolution, Recurrence, StackDescription, build_stack


def names(network, **options):
    return [tap.name for tap in select_taps(network, jax.eval_shape(network.initialize, jax.random.key(0)), **options)]


def test_defaults():
    assert names(build(describe("clear", (32, 32, 3), 4))) == ["1a", "2a", "2b", "3a", "4a"]
    assert names(build(describe("nature", (40, 40, 3), 4))) == ["conv1", "conv2", "conv3"]
    assert names(build(describe("impala", (32, 32, 3), 4, channels=(4, 8)))) == ["block1.res1", "block1.res2", "block2.res1", "block2.res2"]


def test_relu_of_a_residual_network_is_the_one_that_opens_each_block():
    network = build(describe("impala", (32, 32, 3), 4, channels=(4, 8), lstm=4))
    assert names(network, op_is_one_of=["relu"]) == ["block1.res1.relu1", "block1.res2.relu1", "block2.res1.relu1", "block2.res2.relu1", "relu"]


def test_without_the_bottleneck_rule_every_relu_is_offered():
    network = build(describe("impala", (32, 32, 3), 4, channels=(4,)))
    assert "block1.res1.relu2" in names(network, op_is_one_of=["relu"], bottleneck_only=False)


def test_filters():
    network = build(describe("clear", (32, 32, 3), 4))
    assert names(network, name_contains_one_of=["2", "4"], discard_first_n=1) == ["2b", "4a"]


def test_nothing_left_lists_what_there_is():
    with pytest.raises(OptionError, match=r"1a \(relu, 32×32×16\)"):
        names(build(describe("clear", (32, 32, 3), 4)), name_contains_one_of=["nothing"])


def test_two_streams_that_meet_have_no_bottleneck_before_the_meeting():
    def forward(parameters, observations, state, tap):
        left = tap("left", jax.nn.relu(parameters["a"] * observations), kind="relu")
        right = tap("right", jax.nn.relu(-parameters["a"] * observations), kind="relu")
        both = tap("both", jax.nn.relu(left + 2 * right), kind="relu")
        pooled = both.mean(axis=(1, 2))
        return Outputs(pooled, pooled.sum(axis=1))

    network = Network(forward, (4, 4, 2), 2, initialize=lambda key: {"a": jnp.ones(())})
    parameters = {"a": jnp.ones(())}
    assert attributable_taps(network, parameters) == ("left", "right", "both")
    convolved = Network(
        lambda p, x, s, tap: forward(p, jax.lax.conv_general_dilated(x, jnp.ones((1, 1, 2, 2)) * p["a"], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")), s, tap),
        (4, 4, 2), 2,
    )
    assert attributable_taps(convolved, parameters) == ("left", "right", "both")


@pytest.mark.parametrize(
    "architecture, tap, entry",
    [("clear", "2a", "2b.preactivation"), ("clear", "1a", None), ("nature", "conv1", "conv2.preactivation"), ("nature", "conv3", "dense.preactivation"), ("impala", "block1.res2", "block2.conv.preactivation"), ("impala", "block2.res1", None)],
)
def test_the_affine_layer_that_alone_reads_a_tap_is_found(architecture, tap, entry):
    network = build(describe(architecture, (40, 40, 3), 4))
    assert affine_entry(network, jax.eval_shape(network.initialize, jax.random.key(0)), tap) == entry


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_recurrent_cell_reads_a_tap_through_its_gates(cell):
    network = build_stack(StackDescription((8, 8, 1), 2, (Convolution("conv", 2, (3, 3)), Recurrence("memory", 4, cell))))
    assert affine_entry(network, jax.eval_shape(network.initialize, jax.random.key(0)), "conv") == "memory.preactivation"


def after_first(between, skip=False):
    def forward(parameters, observations, state, tap):
        x = tap("first", observations * 2)
        y = tap("second.preactivation", between(x).sum(axis=(1, 2)) * parameters["kernel"], kind="preactivation")
        return Outputs(jax.nn.relu(y) + (x.max(axis=(1, 2)) if skip else 0), y[:, 0])

    return affine_entry(Network(forward, (4, 4, 1), 1), {"kernel": jnp.ones(1)}, "first")


def test_a_tap_read_elsewhere_too_or_bent_before_has_no_affine_entry():
    assert after_first(lambda x: 3 * x + 1) == "second.preactivation"
    assert after_first(lambda x: x, skip=True) is None
    assert after_first(lambda x: x * x) is None
    assert after_first(lambda x: x / jnp.sqrt((x * x).sum(axis=-1, keepdims=True))) is None
