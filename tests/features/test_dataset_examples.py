import math

import numpy as np
import pytest
from scipy.ndimage import zoom

from rlvis.errors import NetworkError, OptionError, RolloutError
from rlvis.features import dataset_examples as module
from rlvis.features.dataset_examples import choose_thumbnail, dataset_examples, opacities


def activations_of(count=40, height=9, width=7, features=2, seed=0):
    generator = np.random.default_rng(seed)
    strength = generator.random((count, 1, 1, features)) ** 2
    return (strength * generator.random((count, height, width, features))).astype(np.float32)


def slow_mosaic(slow_choice, activations, subdivision, patch_pixels):
    """Section by section from the definition, with SciPy's zoom: chosen observations, activations, opacities."""
    count = len(activations)
    padded = np.pad(activations, [(0, 0), (1, 1), (1, 1)], mode="edge")
    factors = [subdivision - (subdivision - 1) / size for size in padded.shape[1:]]
    grid = zoom(padded, [1, *factors], order=1, mode="nearest")[:, 1:-1, 1:-1]
    values = grid.reshape(count, -1).T
    chosen = slow_choice(values, math.ceil(len(values) / (count * 0.1)), range(1, count + 1))
    strength = values[np.arange(len(values)), chosen]
    relative = strength / strength.max()
    threshold = max(np.percentile(np.repeat(relative, patch_pixels), 90), relative.max() / 10)
    opacity = np.minimum(1, 15 / 255 + relative * (240 / 255) / threshold)
    return chosen.reshape(grid.shape[1:]), strength.reshape(grid.shape[1:]), opacity.reshape(grid.shape[1:])


@pytest.mark.parametrize("subdivision", [0.25, 0.5, 1, 2])
def test_mosaic(subdivision, slow_choice):
    activations = activations_of()
    examples = dataset_examples(activations, [subdivision], patch_pixels=30)
    for feature in range(2):
        observation, _, opacity = slow_mosaic(slow_choice, activations[..., feature], subdivision, 30)
        mosaic = examples.features[feature].mosaics[f"{subdivision:g}"]
        np.testing.assert_array_equal(mosaic.observation, observation)
        np.testing.assert_allclose(mosaic.strength, opacity, atol=1e-5)
        assert mosaic.observation.dtype == np.uint16 and mosaic.strength.dtype == np.float32


def test_mosaic_of_sparse_activations(slow_choice):
    activations = activations_of(60)
    activations[np.random.default_rng(1).random(activations.shape) < 0.9] = 0
    observation, strength, opacity = slow_mosaic(slow_choice, activations[..., 0], 1, 16)
    mosaic = dataset_examples(activations, [1]).features[0].mosaics["1"]
    positive = strength > 0
    np.testing.assert_array_equal(mosaic.observation[positive], observation[positive])
    np.testing.assert_allclose(mosaic.strength, opacity, atol=1e-5)


def slow_thumbnail(slow_choice, activations):
    count, height, width = activations.shape
    flat = activations.reshape(count, -1)
    chosen = slow_choice(flat, 4, range(1, height * width))
    strength = flat[np.arange(count), chosen]
    best = np.argsort(-strength, kind="stable")[:16]
    # Which of several at one place comes first is free; here the strongest.
    places = sorted(((chosen[o] // width, chosen[o] % width, o) for o in best), key=lambda place: place[:2])
    rows = [sorted(places[start : start + 4], key=lambda place: place[1]) for start in range(0, 16, 4)]
    return np.array(rows), strength


@pytest.mark.parametrize("candidates", [16, 512])
@pytest.mark.parametrize("shape", [(40, 9, 7), (200, 4, 5), (30, 2, 3)])
def test_thumbnail(shape, candidates, monkeypatch, slow_choice):
    monkeypatch.setattr(module, "THUMBNAIL_CANDIDATES", candidates)
    activations = activations_of(*shape, features=1)[..., 0]
    rows, strength = slow_thumbnail(slow_choice, activations)
    thumbnail = choose_thumbnail(np.ascontiguousarray(np.moveaxis(activations, 0, -1)))
    np.testing.assert_array_equal(thumbnail.observation, rows[..., 2])
    np.testing.assert_array_equal(thumbnail.row, rows[..., 0] + 0.5)
    np.testing.assert_array_equal(thumbnail.column, rows[..., 1] + 0.5)
    relative = strength[rows[..., 2]] / strength[rows[..., 2]].max()
    np.testing.assert_allclose(thumbnail.strength, 15 / 255 + relative * 240 / 255, atol=1e-6)


def test_thumbnail_keeps_zero_at_zero():
    cells = np.zeros((3, 3, 20), np.float32)
    cells[1, 2, 5] = 2
    thumbnail = choose_thumbnail(cells)
    assert np.sort(thumbnail.strength.ravel())[-2:].tolist() == [0, 1]
    assert thumbnail.observation[thumbnail.strength == 1].tolist() == [5]


def test_strongest_are_ranked_each_observation_once():
    activations = activations_of(50)
    strongest = dataset_examples(activations, [1], strongest=10).features[1].strongest
    peaks = activations[..., 1].reshape(50, -1)
    expected = np.argsort(-peaks.max(axis=1))[:10]
    np.testing.assert_array_equal(strongest.observation, expected)
    row, column = np.divmod(peaks.argmax(axis=1)[expected], 7)
    np.testing.assert_array_equal(np.stack([strongest.row, strongest.column]), np.stack([row, column]) + 0.5)
    np.testing.assert_allclose(strongest.strength, peaks.max(axis=1)[expected] / peaks.max())


@pytest.mark.parametrize(("count", "pixels"), [(1, 16), (9, 16), (10, 16), (225, 16), (64, 64), (50, 1)])
def test_percentile_is_over_pixels(count, pixels):
    values = np.random.default_rng(0).random(count).astype(np.float32)
    relative = values / values.max()
    threshold = max(np.percentile(np.repeat(relative, pixels), 90), 0.1)
    np.testing.assert_allclose(opacities(values, pixels), np.minimum(1, 15 / 255 + relative * 240 / 255 / threshold), atol=1e-6)


def test_faint_mosaics_are_brightened_at_most_tenfold():
    values = np.zeros(100, np.float32)
    values[3], values[4] = 1, 0.05
    assert opacities(values, 16)[[3, 4, 0]] == pytest.approx([1, 15 / 255 + 0.5 * 240 / 255, 15 / 255])


def test_a_feature_that_nothing_excites():
    examples = dataset_examples(np.zeros((20, 4, 4, 1), np.float32))
    feature = examples.features[0]
    np.testing.assert_allclose(feature.mosaics["1"].strength, 15 / 255)
    assert not feature.thumbnail.strength.any() and not feature.strongest.strength.any()


def test_names_and_centres_of_a_layer():
    examples = dataset_examples(activations_of(20, 4, 12))
    arrays = examples.arrays()
    # Four cells leave no coarse grid.
    assert set(examples.centres) == {"0.5", "1", "2"}
    assert arrays["1/centre_rows"].tolist() == [0.5, 1.5, 2.5, 3.5] and len(arrays["2/centre_columns"]) == 25
    assert arrays["1/2/observation"].shape == arrays["1/2/strength"].shape == (9, 25)
    assert {name.split("/", 1)[1] for name in arrays if name.startswith("0/")} == {
        f"{group}/{part}" for group in ("0.5", "1", "2") for part in ("observation", "strength")
    } | {f"{group}/{part}" for group in ("thumbnail", "strongest") for part in ("observation", "row", "column", "strength")}


def test_renumbered_to_the_observations_that_are_shown():
    examples = dataset_examples(activations_of(300))
    kept = examples.referenced()
    assert len(kept) < 300
    few = examples.renumbered(kept)
    for name, array in examples.arrays().items():
        renumbered = few.arrays()[name]
        np.testing.assert_array_equal(kept[renumbered] if name.endswith("/observation") else renumbered, array)


def test_features_do_not_depend_on_each_other_nor_on_threads():
    activations = activations_of(features=3)
    together, alone = dataset_examples(activations, workers=3), dataset_examples(activations[..., 1:2], workers=1)
    for name, array in alone.arrays().items():
        np.testing.assert_array_equal(together.arrays()[name.replace("0/", "1/", 1) if name.startswith("0/") else name], array)


def test_too_few_observations():
    with pytest.raises(RolloutError, match="shows 16 observations, but there are 15"):
        dataset_examples(activations_of(15))


def test_mistakes():
    with pytest.raises(OptionError, match=r"\(N, h, w, K\), found \(20, 3, 3\)"):
        dataset_examples(np.ones((20, 3, 3)))
    with pytest.raises(OptionError, match="positive, got -1"):
        dataset_examples(activations_of(), [-1, 1])
    for bad in (np.nan, np.inf, -1):
        activations = activations_of()
        activations[3, 0, 0, 1] = bad
        with pytest.raises(NetworkError, match="feature 1"):
            dataset_examples(activations)
