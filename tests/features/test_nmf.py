import warnings

import numpy as np
import pytest
from scipy.optimize import nnls
from sklearn.decomposition import NMF, non_negative_factorization

from rlvis.errors import NetworkError, OptionError
from rlvis.features.nmf import ChannelDirections, fit_channel_directions, identity_directions, reconstruction_error


def attributions(observations=6, channels=10, seed=0):
    generator = np.random.default_rng(seed)
    patterns = generator.random((4, channels)) ** 4
    amounts = generator.standard_normal((observations, 5, 4, 4)) ** 3 * (generator.random((observations, 5, 4, 4)) < 0.3)
    return (amounts @ patterns + 0.02 * generator.standard_normal((observations, 5, 4, channels))).astype(np.float32)


def stacked(values):
    return np.concatenate([np.maximum(values, 0), np.maximum(-values, 0)]).reshape(-1, values.shape[-1])


def sklearn_error(rows, features):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = NMF(features)
        return np.linalg.norm(rows - model.fit_transform(rows) @ model.components_) / np.linalg.norm(rows)


def test_no_worse_than_scikit_learn_on_all_rows():
    values = attributions(30)
    directions = fit_channel_directions(values, 4)
    assert reconstruction_error(directions, values) <= sklearn_error(stacked(values), 4)
    assert directions.reconstruction_error == pytest.approx(reconstruction_error(directions, values), rel=1e-5)
    assert directions.rows == directions.rows_used == stacked(values).any(axis=1).sum()


def test_a_sample_of_the_rows_comes_close():
    values = attributions(60)
    directions = fit_channel_directions(values, 4, max_rows=500)
    assert directions.rows_used == 500
    assert reconstruction_error(directions, values) <= 1.03 * reconstruction_error(fit_channel_directions(values, 4), values)
    # The error on the sample is an unbiased estimate, apart from the fit being to that sample.
    assert directions.reconstruction_error == pytest.approx(reconstruction_error(directions, values), rel=0.1)


def test_no_worse_than_scikit_learn_on_a_real_agent(shared):
    values = np.load(shared / "models/reference-clear/golden.npz")["attr_v_3a"]
    directions = fit_channel_directions(values, 8)
    assert reconstruction_error(directions, values) <= sklearn_error(stacked(values), 8)


def test_batches_do_not_matter_and_bytes_are_the_same():
    values = attributions(9)
    whole = fit_channel_directions(values, 3, seed=4)
    split = fit_channel_directions((part for part in np.array_split(values, 4)), 3, seed=4)
    assert whole.components.tobytes() == split.components.tobytes()
    assert whole.reconstruction_error == split.reconstruction_error


def test_activations_have_one_sign():
    values = attributions()
    directions = fit_channel_directions(values, 3, activations=True)
    assert directions.fitted_to == "activations"
    assert directions.rows == np.maximum(values, 0).any(axis=-1).sum()
    assert reconstruction_error(directions, values, activations=True) <= sklearn_error(np.maximum(values, 0).reshape(-1, 10), 3)


def test_transform_is_non_negative_least_squares():
    values = attributions(2)
    directions = fit_channel_directions(values, 3)
    coefficients = directions.transform(values)
    assert coefficients.shape == (2, 5, 4, 3) and coefficients.dtype == np.float32
    expected = [nnls(directions.components.T.astype(np.float64), np.maximum(row, 0).astype(np.float64))[0] for row in values.reshape(-1, 10)]
    np.testing.assert_allclose(coefficients.reshape(-1, 3), expected, atol=1e-5 * np.max(expected))
    np.testing.assert_allclose(directions.inverse_transform(coefficients), coefficients @ directions.components, atol=1e-6)


def test_coefficients_agree_with_scikit_learn():
    values = attributions(10)
    directions, rows = fit_channel_directions(values, 3), stacked(values)
    theirs, _, _ = non_negative_factorization(rows, H=directions.components, n_components=3, init="custom", update_H=False, tol=1e-5, max_iter=500)
    ours = directions.transform(rows)
    np.testing.assert_allclose(ours, theirs, atol=1e-3 * theirs.max())

    def error(coefficients):
        return np.square(rows - coefficients @ directions.components, dtype=np.float64).sum()

    assert error(ours) <= error(theirs) * (1 + 1e-7)


@pytest.mark.parametrize("features", [None, 10, 12])
def test_as_many_features_as_channels_are_the_channels(features):
    values = attributions()
    directions = fit_channel_directions(values, features)
    np.testing.assert_array_equal(directions.components, np.eye(10))
    assert directions.fitted_to == "channels" and directions.reconstruction_error == 0
    np.testing.assert_array_equal(directions.transform(values), np.maximum(values, 0))
    np.testing.assert_array_equal(directions.inverse_transform(values), values)
    assert directions.features == directions.channels == 10


def test_attributions_of_zeros_give_empty_features():
    values = np.zeros((2, 3, 3, 10), np.float32)
    directions = fit_channel_directions(values, 4)
    assert directions.components.shape == (4, 10) and not directions.components.any()
    assert not directions.transform(np.ones((3, 10))).any()
    assert reconstruction_error(directions, values) == 0


def test_mistakes():
    with pytest.raises(OptionError, match="at least 1 feature, got 0"):
        fit_channel_directions(attributions(), 0)
    with pytest.raises(OptionError, match=r"\(N, h, w, c\), found \(3, 4\)"):
        fit_channel_directions(np.ones((3, 4)), 2)
    with pytest.raises(OptionError, match="no attributions"):
        fit_channel_directions([], 2)
    with pytest.raises(OptionError, match="10 channels"):
        identity_directions(10).transform(np.ones((2, 9)))
    with pytest.raises(NetworkError, match="NaN"):
        fit_channel_directions(np.full((1, 2, 2, 3), np.nan), 2)


def test_none_features_of_nothing():
    with pytest.raises(OptionError, match="no attributions"):
        fit_channel_directions([], None)


def test_directions_survive_a_copy_between_processes():
    directions = ChannelDirections(np.eye(3, dtype=np.float32)[:2], fitted_to="attributions")
    assert directions.transform(np.ones((1, 3))).tolist() == [[1, 1]]
