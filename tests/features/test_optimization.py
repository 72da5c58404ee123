import jax
import numpy as np
import pytest

from rlvis.errors import NetworkError, OptionError
from rlvis.features.optimization import optimize_features
from rlvis.networks import build
from rlvis.networks.stack import Convolution, StackDescription
from tests.conftest import record_at_once

KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def filters():
    return np.random.default_rng(0).standard_normal((3, 3, 3, 5))


@pytest.fixture(scope="module", params=["relu"])
def network(request):
    """One convolution on 12 × 12 observations."""
    return build(StackDescription((12, 12, 3), 3, (Convolution("conv", 5, (3, 3), activation=request.param),)))


def parameters_of(kernel, bias):
    head = {"kernel": np.zeros((720, 3), np.float32), "bias": np.zeros(3, np.float32)}
    value = {"kernel": np.zeros((720, 1), np.float32), "bias": np.zeros(1, np.float32)}
    return {"conv": {"kernel": kernel.astype(np.float32), "bias": np.asarray(bias, np.float32)}, "policy": head, "value": value}


@pytest.mark.parametrize("network", ["linear"], indirect=True)
def test_pictures_become_what_a_linear_layer_looks_for(network, filters):
    parameters = parameters_of(filters, np.zeros(5))
    result = optimize_features(network, parameters, "conv", np.eye(5), KEY, steps=200, jitter=0)
    assert result.pictures.shape == (5, 12, 12, 3) and result.pictures.dtype == np.float32
    for index, picture in enumerate(result.pictures):
        kernel = filters[..., index]
        # Between 0 and 1, at most all positive weights are answered by 1 and all negative ones by 0.
        assert result.excitations[index] > 0.8 * np.maximum(kernel, 0).sum()
        seen = picture[5:8, 5:8]
        assert np.corrcoef(seen.ravel(), kernel.ravel())[0, 1] > 0.6
        assert result.excitations[index] == pytest.approx((seen * kernel).sum(), abs=1e-3)
    assert (result.pictures >= 0).all() and (result.pictures <= 1).all()


def test_units_that_are_off_start_moving(network, filters):
    # Grey leaves every unit a little below zero.
    parameters = parameters_of(filters, -filters.sum(axis=(0, 1, 2)) / 2 - 1)
    result = optimize_features(network, parameters, "conv", np.eye(5), KEY, steps=60, jitter=2)
    assert not result.initial.any()
    assert (result.excitations > 0).all()


def test_directions_of_several_channels_and_of_zeros(tiny_clear):
    network, parameters = tiny_clear
    directions = np.array([[1, 2, 0, 0, 0, 0, 0, 1], [0] * 8, [0, 0, 3, 0, 1, 0, 0, 0]])
    seen = []
    result = optimize_features(network, parameters, "2b", directions, KEY, steps=20, progress=seen.append)
    activations = record_at_once(network, parameters, result.pictures, names=("2b",))[1]["2b"]
    lengths = np.linalg.norm(directions, axis=1) + (directions == 0).all(axis=1)
    expected = (np.asarray(activations)[:, 4, 4] * directions).sum(axis=1) / lengths
    np.testing.assert_allclose(result.excitations, expected, rtol=1e-4, atol=1e-5)
    assert (result.excitations > result.initial)[[0, 2]].all() and result.excitations[1] == 0
    assert sum(seen) == 3 * 20


def test_same_key_same_pictures_whatever_comes_after(network, filters):
    parameters = parameters_of(filters, np.zeros(5))
    options = {"steps": 10, "jitter": 2}
    first = optimize_features(network, parameters, "conv", np.eye(5), KEY, **options)
    again = optimize_features(network, parameters, "conv", np.eye(5), KEY, **options)
    assert first.pictures.tobytes() == again.pictures.tobytes()
    fewer = optimize_features(network, parameters, "conv", np.eye(5)[:2], KEY, **options)
    np.testing.assert_allclose(fewer.pictures, first.pictures[:2], atol=1e-4)
    other = optimize_features(network, parameters, "conv", np.eye(5)[:2], jax.random.key(1), **options)
    assert np.abs(other.pictures - fewer.pictures).max() > 0.01


def test_penalty_quietens_the_layer_it_names(network, filters):
    parameters = parameters_of(filters, np.zeros(5))

    def size_with(coefficient):
        pictures = optimize_features(network, parameters, "conv", np.eye(5)[:1], KEY, steps=60, jitter=2, l2_tap="conv", l2_coefficient=coefficient).pictures
        return float(np.linalg.norm(record_at_once(network, parameters, pictures, names=("conv",))[1]["conv"]))

    assert size_with(10.0) < 0.7 * size_with(0.0)


def test_mistakes(tiny_clear):
    network, parameters = tiny_clear
    with pytest.raises(NetworkError, match="no tap named '9z'; it has 1a"):
        optimize_features(network, parameters, "9z", np.eye(8), KEY)
    with pytest.raises(NetworkError, match="no positions"):
        optimize_features(network, parameters, "dense1", np.ones((1, 256)), KEY)
    with pytest.raises(OptionError, match=r"must be \(K, 8\), found \(3, 5\)"):
        optimize_features(network, parameters, "2a", np.ones((3, 5)), KEY)
    with pytest.raises(OptionError, match="NaN"):
        optimize_features(network, parameters, "2a", np.full((1, 8), np.nan), KEY)
    with pytest.raises(OptionError, match="at least 1 step, got 0"):
        optimize_features(network, parameters, "2a", np.eye(8), KEY, steps=0)
