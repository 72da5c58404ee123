import numpy as np
import pytest

from rlvis.errors import NetworkError
from rlvis.features.attribution_features import displayed_attribution
from rlvis.features.nmf import ChannelDirections, fit_channel_directions, identity_directions


def attributions():
    return np.random.default_rng(0).standard_normal((3, 4, 5, 9)).astype(np.float32)


def test_formula():
    attr = attributions()
    directions = fit_channel_directions(attr, 3)
    t, h = directions.transform, directions.components
    trans = t(np.maximum(attr, 0)) - t(np.maximum(-attr, 0))
    res = (attr - (np.maximum(trans, 0) @ h - np.maximum(-trans, 0) @ h)).sum(axis=-1, keepdims=True)
    displayed, residual = displayed_attribution(attr, directions)
    np.testing.assert_allclose(displayed, trans * h.sum(axis=1), atol=1e-6)
    np.testing.assert_allclose(residual, res, atol=1e-5)
    assert displayed.shape == (3, 4, 5, 3) and residual.shape == (3, 4, 5, 1)


def test_features_and_residual_sum_to_the_attribution():
    attr = attributions()
    displayed, residual = displayed_attribution(attr, fit_channel_directions(attr, 3))
    np.testing.assert_allclose(displayed.sum(axis=-1) + residual[..., 0], attr.sum(axis=-1), atol=1e-5)


def test_how_directions_are_scaled_does_not_matter():
    attr = attributions()
    directions = fit_channel_directions(attr, 3)
    stretched = ChannelDirections(directions.components * np.array([[3], [0.1], [7]], np.float32), fitted_to="attributions")
    for one, other in zip(displayed_attribution(attr, directions), displayed_attribution(attr, stretched), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_channels_as_features_leave_nothing():
    attr = attributions()
    displayed, residual = displayed_attribution(attr, identity_directions(9))
    np.testing.assert_array_equal(displayed, attr)
    np.testing.assert_allclose(residual, 0, atol=1e-5)


def test_an_axis_of_outputs_before_the_frames():
    attr = attributions()
    directions = fit_channel_directions(attr, 3)
    both, _ = displayed_attribution(np.stack([attr, -attr]), directions)
    np.testing.assert_allclose(both[0], displayed_attribution(attr, directions)[0], atol=1e-6)
    np.testing.assert_allclose(both[1], -both[0], atol=1e-6)


def test_numbers_that_are_none():
    attr = attributions()
    attr[0, 0, 0, 0] = np.nan
    with pytest.raises(NetworkError, match="NaN"):
        displayed_attribution(attr, identity_directions(9))
