import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.errors import NetworkError
from rlvis.networks import Network, Outputs, list_taps, record
from rlvis.networks.bottlenecks import affine_entry
from rlvis.networks.taps import with_prefixed_taps
from tests.conftest import record_at_once


def test_replacing_a_tap_by_its_own_activations_changes_nothing(tiny_clear, tiny_observations):
    network, parameters = tiny_clear
    outputs, activations = record_at_once(network, parameters, tiny_observations)
    for name, values in activations.items():
        again = jax.jit(network)(parameters, np.zeros_like(tiny_observations), replace={name: values})
        assert_allclose(again.logits, outputs.logits, atol=1e-5, err_msg=name)


def test_replacing_a_residual_branch_keeps_the_skip(tiny_impala, tiny_observations):
    network, parameters = tiny_impala
    _, activations = record_at_once(network, parameters, tiny_observations)
    run = jax.jit(network)
    zero = np.zeros_like(activations["block2.res2.relu1"])
    with_observation = run(parameters, tiny_observations, replace={"block2.res2.relu1": zero})
    without = run(parameters, 0 * tiny_observations, replace={"block2.res2.relu1": zero})
    assert not np.allclose(with_observation.value, without.value)


def test_record_only_some(tiny_clear, tiny_observations):
    _, activations = record_at_once(*tiny_clear, tiny_observations, names=("2b",))
    assert list(activations) == ["2b"] and activations["2b"].shape == (3, 8, 8, 8)


def test_unknown_tap_lists_those_there_are(tiny_clear, tiny_observations):
    with pytest.raises(NetworkError, match="no tap named '5a'; it has 1a, 1pool"):
        record(*tiny_clear, tiny_observations, names=["5a"])


def test_a_replacement_of_the_wrong_shape(tiny_clear, tiny_observations):
    network, parameters = tiny_clear
    with pytest.raises(NetworkError, match=r"\(3, 8, 8, 8\); the replacement has \(3, 4, 4, 8\)"):
        network(parameters, tiny_observations, replace={"2b": np.zeros((3, 4, 4, 8), np.float32)})


def test_two_taps_of_one_name_are_refused():
    def forward(parameters, observations, state, tap):
        x = tap("same", observations.mean(axis=(1, 2, 3))[:, None])
        return Outputs(tap("same", x), x[:, 0])

    with pytest.raises(NetworkError, match="two taps named 'same'"):
        list_taps(Network(forward, (4, 4, 1), 1), {})


def test_a_prefix_changes_names_and_nothing_else(tiny_clear, tiny_observations):
    network, parameters = tiny_clear
    longer = with_prefixed_taps(network, "b/")
    assert [tap.name for tap in list_taps(longer, parameters)] == [f"b/{tap.name}" for tap in list_taps(network, parameters)]
    assert affine_entry(longer, parameters, "b/2a") == f"b/{affine_entry(network, parameters, '2a')}"
    outputs, activations = record_at_once(network, parameters, tiny_observations)
    again, others = record_at_once(longer, parameters, tiny_observations)
    np.testing.assert_array_equal(again.logits, outputs.logits)
    for name, values in activations.items():
        np.testing.assert_array_equal(others[f"b/{name}"], values)
    assert not np.allclose(jax.jit(longer)(parameters, tiny_observations, replace={"b/2b": 0 * activations["2b"]}).value, outputs.value)
