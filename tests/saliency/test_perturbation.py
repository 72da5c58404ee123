import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import gaussian_filter

from rlvis.attribution.targets import VALUE, Target
from rlvis.errors import OptionError
from rlvis.saliency import POLICY, find_method
from rlvis.saliency.masks import disc_masks
from rlvis.saliency.perturbation import PerturbationOptions, fill_pictures, make_masks

METHOD = find_method("perturbation")
FIRST = Target("logit:0", "first", (0,))


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(1).random((2, 40, 30, 2), np.float32)


def blurred(picture, sigma=3):
    return np.stack([gaussian_filter(picture[..., c], sigma) for c in range(picture.shape[-1])], axis=-1)


def test_a_linear_network_has_a_closed_form(pictures, linear_network):
    weights = np.random.default_rng(2).standard_normal((3, 40, 30, 2))
    network, parameters = linear_network(weights)
    options = PerturbationOptions(stride=10, radius=3)
    maps = METHOD.maps(network, parameters, pictures, [POLICY, VALUE, FIRST], options=options)
    masks = disc_masks(40, 30, 10, 3).masks.reshape(4, 3, 40, 30)
    for frame, picture in enumerate(pictures):
        change = np.einsum("ahwc,ijhw,hwc->aij", weights, masks, blurred(picture) - picture)
        for target, expected in enumerate((0.5 * (change[:2] ** 2).sum(axis=0), 0.5 * change[2] ** 2, 0.5 * change[0] ** 2)):
            assert_allclose(maps[target, frame, ::10, ::10], expected, rtol=2e-3, atol=1e-4 * expected.max())


def test_maps_are_interpolated_between_centres(pictures, linear_network):
    network, parameters = linear_network(np.random.default_rng(2).standard_normal((2, 40, 30, 2)))
    maps = METHOD.maps(network, parameters, pictures[:1], [VALUE], options=PerturbationOptions(stride=10, radius=3))[0, 0]
    assert maps.shape == (40, 30)
    assert_allclose(maps[5, 0], (maps[0, 0] + maps[10, 0]) / 2, rtol=1e-4)
    assert_array_equal(maps[30], maps[39])


def test_signed_differences_of_a_linear_network(pictures, linear_network):
    weights = np.random.default_rng(2).standard_normal((3, 40, 30, 2))
    network, parameters = linear_network(weights)
    options = PerturbationOptions(stride=10, radius=3, score="difference")
    maps = METHOD.maps(network, parameters, pictures, [VALUE, FIRST], options=options)
    masks = disc_masks(40, 30, 10, 3).masks.reshape(4, 3, 40, 30)
    expected = -np.einsum("ahwc,ijhw,hwc->aij", weights, masks, blurred(pictures[0]) - pictures[0])
    assert_allclose(maps[0, 0, ::10, ::10], expected[2], atol=1e-3 * np.abs(expected).max())
    assert_allclose(maps[1, 0, ::10, ::10], expected[0], atol=1e-3 * np.abs(expected).max())
    assert METHOD.is_signed(options) and not METHOD.is_signed(PerturbationOptions())


def test_probabilities_are_compared(pictures, linear_network):
    weights = 0.1 * np.random.default_rng(2).standard_normal((4, 40, 30, 2))
    network, parameters = linear_network(weights)
    maps = METHOD.maps(network, parameters, pictures[:1], [FIRST], options=PerturbationOptions(stride=10, radius=3, score="probability"))
    hidden = pictures[0] + disc_masks(40, 30, 10, 3).masks[4, ..., None] * (blurred(pictures[0]) - pictures[0])
    def probability(picture):
        logits = np.einsum("ahwc,hwc->a", weights[:3], picture)
        return np.exp(logits[0]) / np.exp(logits).sum()
    assert_allclose(maps[0, 0, 10, 10], probability(pictures[0]) - probability(hidden), atol=1e-5)


@pytest.mark.parametrize("name", ["perturbation", "sarfa", "occlusion", "rise"])
def test_a_constant_network_has_no_saliency(name, pictures, linear_network):
    method = find_method(name)
    network, parameters = linear_network(np.zeros((3, 40, 30, 2)))
    for compat in ({}, {"compat_dead_border": True, "compat_byte_scaled_resize": True, "stretch": True}):
        maps = method.maps(network, parameters, pictures, [FIRST], options=method.make_options(compat))
        assert_array_equal(maps, 0)


def test_what_moves_away_from_the_borders_takes_its_map_along(pixel_sum_network):
    network, parameters = pixel_sum_network((60, 60, 1), lambda x: x**2)
    picture = np.zeros((60, 60, 1), np.float32)
    picture[25:29, 28:30] = 1
    moved = np.roll(picture, (5, -5), axis=(0, 1))
    maps = METHOD.maps(network, parameters, np.stack([picture, moved]), [VALUE], options=PerturbationOptions(radius=2, fill_sigma=2))[0]
    assert_allclose(np.roll(maps[0], (5, -5), axis=(0, 1)), maps[1], atol=1e-5 * maps.max())
    assert maps.max() > 0


def test_a_network_that_reads_one_pixel_is_salient_there(linear_network):
    weights = np.zeros((2, 40, 40, 1))
    weights[:, 20, 15] = 1
    network, parameters = linear_network(weights)
    picture = np.zeros((1, 40, 40, 1), np.float32)
    picture[0, 20, 15] = 1
    for target in (POLICY, VALUE):
        saliency = METHOD.maps(network, parameters, picture, [target])[0, 0]
        assert np.unravel_index(saliency.argmax(), saliency.shape) == (20, 15)


def test_searchlight_hides_everything_else(linear_network):
    weights = np.zeros((2, 40, 40, 1))
    weights[:, 20, 15] = 1
    network, parameters = linear_network(weights)
    picture = np.zeros((1, 40, 40, 1), np.float32)
    picture[0, 20, 15] = 1
    saliency = METHOD.maps(network, parameters, picture, [VALUE], options=PerturbationOptions(perturb="searchlight"))[0, 0]
    assert np.unravel_index(saliency.argmin(), saliency.shape) == (20, 15)
    hidden = gaussian_filter(picture[0, ..., 0], 3)[20, 15]
    assert_allclose(saliency[0, 39], 0.5 * (1 - hidden) ** 2, rtol=1e-3)


def test_fills(pictures):
    assert_allclose(fill_pictures(pictures, PerturbationOptions())[1], blurred(pictures[1]), atol=2e-6)
    assert_array_equal(fill_pictures(pictures, PerturbationOptions(fill="black")), 0)
    assert_allclose(fill_pictures(pictures, PerturbationOptions(fill="mean"))[0, 3, 4], pictures[0].mean(axis=(0, 1)), rtol=1e-5)
    newest = fill_pictures(pictures, PerturbationOptions(frames="last", frame_stack=2))
    assert_array_equal(newest[..., 0], pictures[..., 0])
    assert_allclose(newest[0, ..., 1], blurred(pictures[0])[..., 1], atol=2e-6)
    red = fill_pictures(pictures, PerturbationOptions(compat_red_channel_blur=True))
    assert_array_equal(red[..., 1], pictures[..., 1])
    assert_allclose(red[0, ..., 0], blurred(pictures[0])[..., 0], atol=2e-6)
    with pytest.raises(OptionError, match="stack of 3"):
        fill_pictures(pictures, PerturbationOptions(frames="last", frame_stack=3))


def test_masks_are_made_once():
    assert make_masks(40, 30, PerturbationOptions()) is make_masks(40, 30, PerturbationOptions(score="difference"))


@pytest.mark.parametrize("wrong", [{"masks": "star"}, {"score": "best"}, {"memory_decay": 2.0}, {"masks": "random"}])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(OptionError):
        PerturbationOptions(**wrong)


def test_the_whole_policy_has_no_sign(pictures, linear_network):
    network, parameters = linear_network(np.zeros((3, 40, 30, 2)))
    with pytest.raises(OptionError, match="whole policy"):
        METHOD.maps(network, parameters, pictures, [POLICY], options=PerturbationOptions(score="difference"))
    with pytest.raises(OptionError, match="value"):
        find_method("sarfa").maps(network, parameters, pictures, [VALUE])
