import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.networks.stack import Activation, Affine, Convolution, Dense, Pool, Recurrence, ResidualBlock, StackDescription, build_stack, parameter_shapes
from rlvis.saliency import mask_groups
from rlvis.saliency.mask_groups import group_masks
from rlvis.saliency.perturbed_outputs import perturbed_outputs

STRIDED = (Convolution("a", 3, (3, 3), (2, 2), ((1, 1), (1, 1)), "elu"), Convolution("b", 3, (4, 3), (2, 1), "VALID"), Recurrence("memory", 4, "lstm"))
POOLED = (
    Affine("scale", 2.0, -1.0), Convolution("a", 3, (3, 5), normalization=True), Pool("p", "l2", (3, 3)), Pool("q", "average", (3, 3), (1, 1)),
    Convolution("b", 3, (1, 1), (2, 2), bias=False), Dense("d", 4, "tanh"),
)  # fmt: skip
DEEP = (*(Convolution(f"conv{i}", 3, (3, 3), (2, 2), ((1, 1), (1, 1)), "elu", normalization=i == 3) for i in range(1, 5)), Dense("d", 4))
RESIDUAL = (Convolution("a", 3, (3, 3), activation="linear"), Pool("p", "max", (3, 3), (2, 2), ((1, 1), (1, 1))), ResidualBlock("r", 3), Activation("s"), Dense("d", 4))


def boxes():
    """Boxes of one size in the corners, at the edges and inside, at even and odd places."""
    masks = np.zeros((25, 29, 34), np.float32)
    for index, (row, column) in enumerate((row, column) for row in (0, 4, 9, 15, 24) for column in (0, 7, 11, 18, 28)):
        masks[index, row : row + 5, column : column + 6] = np.random.default_rng(index).random((5, 6)) + 0.1
    return masks


def network_of(trunk):
    description = StackDescription((29, 34, 2), 3, trunk)
    generator = np.random.default_rng(3)
    shapes = parameter_shapes(description)
    parameters = {layer: {part: generator.standard_normal(shape).astype(np.float32) / np.sqrt(np.prod(shape[:-1]) or 1) for part, shape in group.items()} for layer, group in shapes.items()}
    for group in parameters.values():
        if "variance" in group:
            group["variance"] = np.abs(group["variance"]) + 0.5
    return build_stack(description), parameters


@pytest.mark.parametrize("trunk, depth", [(STRIDED, 2), (DEEP, 4), (POOLED, 5), (RESIDUAL, 4)], ids=["strided", "deep", "pooled", "residual"])
def test_windows_give_what_whole_pictures_give(trunk, depth, monkeypatch):
    # As if windows were worth it everywhere.
    monkeypatch.setattr(mask_groups, "WRITTEN", 10_000)
    monkeypatch.setattr(mask_groups, "CLASSES", 2)
    network, parameters = network_of(trunk)
    generator = np.random.default_rng(4)
    observations, fill = generator.random((2, 2, 29, 34, 2)).astype(np.float32)
    masks = boxes()
    groups = group_masks(network, masks)
    assert {group.plan.depth for group in groups} == {depth}
    assert sorted(np.concatenate([group.indices for group in groups])) == list(range(len(masks)))
    assert max(group.masks[0].size for group in groups) <= 6 * 7
    state = network.initial_state(2) if network.recurrent else None
    local = perturbed_outputs(network, parameters, observations, fill, groups, state, memory_decay=0.3)
    whole = perturbed_outputs(network, parameters, observations, fill, group_masks(network, masks, local=False), state, memory_decay=0.3)
    assert np.ptp(whole.perturbed_value, axis=1).min() > 1e-3
    assert_allclose(local.perturbed_logits, whole.perturbed_logits, atol=1e-5 * np.abs(whole.perturbed_logits).max())
    assert_allclose(local.perturbed_value, whole.perturbed_value, atol=1e-5 * np.abs(whole.perturbed_value).max())


def test_masks_that_hide_nothing_are_kept(bent, small_pictures):
    network, parameters = bent
    outputs = perturbed_outputs(network, parameters, small_pictures, 0 * small_pictures, group_masks(network, np.zeros((2, 8, 8), np.float32)))
    assert_allclose(outputs.perturbed_value, outputs.value[:, None].repeat(2, axis=1), atol=1e-6)
