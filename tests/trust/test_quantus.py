"""The formulas are those of Quantus, an independent library of such measures (Hedström et al. 2023)."""

import warnings

import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.attribution.targets import policy_targets
from rlvis.networks import Network, Outputs
from rlvis.saliency.gradient import InputIntegrationOptions, completeness_error, integrate_from_baseline
from rlvis.trust.rank_correlation import rank_correlation
from rlvis.trust.removal_curves import removal_curves

STEPS = 5


@pytest.fixture(scope="module")
def quantus():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("torch", reason="PyTorch is not installed (extra: peers)")
        return pytest.importorskip("quantus", reason="Quantus is not installed (extra: peers)")


@pytest.fixture(scope="module")
def case():
    """Pictures, maps without ties, and whole numbers as weights of two logits: sums of them are exact."""
    generator = np.random.default_rng(0)
    return generator.integers(1, 9, (3, 4, 5, 1)).astype(np.float32) / 8, generator.random((3, 4, 5)), generator.integers(-4, 5, (2, 4, 5)).astype(np.float32)


def network_of(weights, function=lambda total: total):
    def forward(parameters, observations, state, tap):
        logits = function(jnp.einsum("ahw,nhwc->na", parameters["all"]["kernel"], observations))
        return Outputs(logits, logits[:, 0])

    return Network(forward, (4, 5, 1), 2), {"all": {"kernel": weights}}


def torch_model(weights, *behind):
    import torch

    linear = torch.nn.Linear(20, 2, bias=False)
    linear.weight.data = torch.from_numpy(weights.reshape(2, 20))
    return torch.nn.Sequential(torch.nn.Flatten(), linear, *behind).eval()


def channels_first(pictures):
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))


def flip_pixels(quantus, pictures, maps, weights, actions):
    """Quantus' curves of the action's probability, without its first point, the intact picture."""
    metric = quantus.PixelFlipping(features_in_step=20 // STEPS, normalise=False, perturb_baseline=0.0, disable_warnings=True)
    return np.array(metric(torch_model(weights), channels_first(pictures), actions, channels_first(maps[..., None]), device="cpu", softmax=True))


def test_deletion_is_pixel_flipping(quantus, case):
    pictures, maps, weights = case
    network, parameters = network_of(weights)
    curves, _ = removal_curves(network, parameters, pictures, 0 * pictures, maps, steps=STEPS)
    actions = np.asarray(network(parameters, pictures).logits).argmax(axis=1)
    assert_allclose(curves.deletion[:, 1:], flip_pixels(quantus, pictures, maps, weights, actions), rtol=1e-5)


def test_insertion_is_pixel_flipping_of_the_opposite_map_backwards(quantus, case):
    pictures, maps, weights = case
    network, parameters = network_of(weights)
    curves, _ = removal_curves(network, parameters, pictures, 0 * pictures, maps, steps=STEPS)
    actions = np.asarray(network(parameters, pictures).logits).argmax(axis=1)
    assert_allclose(curves.insertion[:, STEPS - 1 :: -1], flip_pixels(quantus, pictures, 1 - maps, weights, actions), rtol=1e-5)


def test_similarity_of_maps_under_randomization_is_spearmans(quantus):
    # Quantus draws fresh parameters where rlvis shuffles the trained ones, so the maps compared differ, not the comparison.
    first, second = np.random.default_rng(1).integers(0, 9, (2, 3, 6, 5)).astype(float)
    expected = quantus.similarity_func.correlation_spearman(first.reshape(3, -1), second.reshape(3, -1), batched=True)
    assert_allclose(rank_correlation(first, second), expected)


@pytest.mark.parametrize("square", [False, True])
def test_maps_are_complete_where_quantus_says_so(quantus, case, square):
    import torch

    class Square(torch.nn.Module):
        def forward(self, x):
            return x**2

    pictures, _, weights = case
    # One right-end step is exact for a linear function, and twice too large for a square.
    network, parameters = network_of(weights, (lambda total: total**2) if square else lambda total: total)
    options = InputIntegrationOptions(rule="right", steps=1)
    targets = policy_targets(("a", "b"))
    errors = completeness_error(network, parameters, pictures, None, targets, options)
    attributions = integrate_from_baseline(network, parameters, pictures, None, targets, options)
    metric = quantus.Completeness(normalise=False, perturb_baseline=0.0, disable_warnings=True)
    model = torch_model(weights, Square()) if square else torch_model(weights)
    for action in (0, 1):
        found = metric(model, channels_first(pictures), np.full(3, action), channels_first(attributions[action]), device="cpu", softmax=False)
        assert_array_equal(errors[action] == 0, found)
        assert_allclose(errors[action], 1 if square else 0, rtol=1e-5)
