"""Parity with Greydanus et al.'s maps of a published recurrent agent, and with XAITK-saliency."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.attribution.targets import VALUE
from rlvis.saliency import POLICY, find_method
from rlvis.saliency.frames import map_trajectory, stale_memory
from rlvis.saliency.masks import random_masks, sliding_radial, sliding_window
from rlvis.saliency.perturbation import PerturbationOptions, aggregate, make_masks
from rlvis.saliency.perturbed_outputs import PerturbedOutputs
from rlvis.saliency.scores import SCORES

PUBLISHED = PerturbationOptions(local=False, compat_dead_border=True, compat_byte_scaled_resize=True)


@pytest.fixture(scope="module")
def golden(shared):
    from rlvis.checkpoints import load

    folder = shared / "models/atari-spaceinvaders-a3cgru-babya3c"
    return load(folder / "model.80.tar"), np.load(folder / "golden.npz")


@pytest.mark.parametrize("suffix, memory", [("", "saliency_hidden_in"), ("_stalehidden", "saliency_hidden_in_prev")])
def test_maps_of_a_published_agent(golden, suffix, memory):
    checkpoint, arrays = golden
    observations = arrays["saliency_obs"].transpose(0, 2, 3, 1)
    state = {next(iter(checkpoint.network.initial_state(1))): {"h": arrays[memory]}}
    method = find_method("perturbation")
    maps = method.maps(checkpoint.network, checkpoint.parameters, observations, [POLICY, VALUE], state, PUBLISHED)
    plain = method.maps(checkpoint.network, checkpoint.parameters, observations, [POLICY, VALUE], state, PerturbationOptions(local=False))
    for index, head in enumerate(("actor", "critic")):
        expected = arrays[f"saliency_{head}_80{suffix}"]
        assert np.abs(maps[index] - expected).max() <= 1e-3 * expected.max()
        grid = arrays[f"saliency_{head}_grid{suffix}"][:, :16, :16]
        assert np.abs(plain[index, :, ::5, ::5] - grid).max() <= 1e-3 * grid.max()


def test_stale_memory_is_that_of_the_frame_before(remembering, small_pictures):
    network, parameters = remembering
    state = jax.tree.map(lambda part: np.random.default_rng(1).standard_normal((3, *part.shape[1:])).astype(np.float32), network.initial_state(1))
    options = PerturbationOptions(stride=4, compat_stale_memory=True)
    method = find_method("perturbation")
    maps = np.concatenate([part for _, part in map_trajectory(method, network, parameters, small_pictures, [VALUE], state, options, batch_size=2)], axis=1)
    shifted = jax.tree.map(lambda part: part[[2, 0, 1]], state)
    expected = method.maps(network, parameters, small_pictures, [VALUE], shifted, PerturbationOptions(stride=4))
    assert_allclose(maps, expected, atol=1e-5 * expected.max())
    assert stale_memory(None) is None


def numpy_saliency(picture, fill, masks, weights):
    """Squared differences of a linear network, averaged over the masks that cover a pixel, stretched to [0, 1]; written out."""
    reference = np.tensordot(weights, picture, axes=([1, 2, 3], [0, 1, 2]))
    total, covered = np.zeros(picture.shape[:2]), np.zeros(picture.shape[:2])
    for mask in masks:
        hidden = (1 - mask)[..., None] * picture + mask[..., None] * fill
        change = reference - np.tensordot(weights, hidden, axes=([1, 2, 3], [0, 1, 2]))
        total += 0.5 * (change**2).sum() * mask
        covered += mask
    result = total / np.where(covered > 0, covered, 1)
    return (result - result.min()) / (result.max() - result.min())


def linear_outputs(pictures, perturbed, weights):
    logits = np.tensordot(pictures, weights, axes=([1, 2, 3], [1, 2, 3]))
    perturbed = np.tensordot(perturbed, weights, axes=([2, 3, 4], [1, 2, 3]))
    return PerturbedOutputs(logits, logits[:, 0], perturbed, perturbed[:, :, 0])


@pytest.fixture(scope="module")
def linear_case():
    generator = np.random.default_rng(4)
    picture, fill = generator.random((2, 30, 24, 2))
    return picture, fill, generator.standard_normal((3, 30, 24, 2)), sliding_radial(30, 24, (3, 4), (6, 5), (2, 2))


def test_mask_aggregation_equals_the_written_out_formula(linear_case):
    picture, fill, weights, masks = linear_case
    hidden = picture + masks.masks[..., None] * (fill - picture)
    outputs = linear_outputs(picture[None], hidden[None], weights)
    maps = aggregate(SCORES["squared"](outputs, POLICY), masks, PerturbationOptions(aggregate="mask", stretch=True))
    assert_allclose(maps[0], numpy_saliency(picture, fill, masks.masks, weights), atol=1e-5)


@pytest.fixture(scope="module")
def xaitk():
    return pytest.importorskip("xaitk_saliency", reason="xaitk-saliency is not installed (extra: peers)")


def test_xaitk_squared_difference_scoring(xaitk, linear_case):
    from xaitk_saliency.impls.gen_classifier_conf_sal.squared_difference_scoring import SquaredDifferenceScoring
    from xaitk_saliency.impls.perturb_image.sliding_radial import SlidingRadial
    from xaitk_saliency.utils.masking import occlude_image_batch

    picture, fill, weights, masks = linear_case
    keep = SlidingRadial((3, 4), (6, 5), (2, 2)).perturb(picture)
    assert_allclose(1 - masks.masks, keep, atol=1e-5)
    hidden = occlude_image_batch(picture, keep, fill)
    assert_allclose(picture + masks.masks[..., None] * (fill - picture), hidden, atol=1e-5)
    outputs = linear_outputs(picture[None], hidden[None], weights)
    expected = SquaredDifferenceScoring().generate(outputs.logits[0], outputs.perturbed_logits[0], keep)
    maps = aggregate(SCORES["squared"](outputs, POLICY), masks, PerturbationOptions(aggregate="mask", stretch=True))
    assert_allclose(maps[0], expected, atol=1e-5)


def test_xaitk_windows_occlusion_and_rise_scoring(xaitk, linear_case):
    from xaitk_saliency.impls.gen_classifier_conf_sal.occlusion_scoring import OcclusionScoring
    from xaitk_saliency.impls.gen_classifier_conf_sal.rise_scoring import RISEScoring
    from xaitk_saliency.impls.perturb_image.sliding_window import SlidingWindow

    picture, fill, weights, _ = linear_case
    for window, stride in (((7, 5), (4, 3)), ((8, 8), (4, 4)), ((3, 3), (5, 5))):
        masks = sliding_window(30, 24, window, stride)
        keep = SlidingWindow(window, stride).perturb(picture)
        assert (masks.masks == ~keep).all()
        outputs = linear_outputs(picture[None], (picture + masks.masks[..., None] * (fill - picture))[None], weights)
        options = PerturbationOptions(score="difference", aggregate="mask", stretch=True)
        expected = OcclusionScoring().generate(outputs.logits[0], outputs.perturbed_logits[0], keep)
        assert_allclose(aggregate(SCORES["difference"](outputs, VALUE), masks, options)[0], expected[0], atol=1e-5)
    masks = random_masks(30, 24, 50, 4, 0.4, seed=2)
    outputs = linear_outputs(picture[None], (picture + masks.masks[..., None] * (fill - picture))[None], weights)
    expected = RISEScoring(0.4).generate(outputs.logits[0], outputs.perturbed_logits[0], 1 - masks.masks)
    maps = aggregate(-outputs.perturbed_value, masks, PerturbationOptions(score="difference", aggregate="rise", masks="random", stretch=True))
    assert_allclose(maps[0], expected[0], atol=1e-5)


def test_masks_of_the_published_pictures():
    masks = make_masks(80, 80, PUBLISHED)
    assert len(masks) == 256 and masks.masks.max() == 1


def test_recomputing_windows_gives_the_same_maps_of_a_published_agent(golden):
    checkpoint, arrays = golden
    observation, memory = arrays["saliency_obs"].transpose(0, 2, 3, 1)[:1], arrays["saliency_hidden_in"][:1]
    maps = [
        find_method("perturbation").maps(checkpoint.network, checkpoint.parameters, observation, [POLICY, VALUE], {"gru": {"h": memory}}, PerturbationOptions(masks="window", window=10, stride=10, local=local))
        for local in (True, False)
    ]
    for local, whole in zip(*maps, strict=True):
        assert_allclose(local, whole, atol=1e-5 * whole.max())
