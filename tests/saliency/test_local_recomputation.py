import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.errors import OptionError
from rlvis.networks.stack import Activation, Affine, Convolution, Dense, Pool, Recurrence, ResidualBlock, StackDescription, build_stack, parameter_shapes
from rlvis.saliency import local_recomputation
from rlvis.saliency.local_recomputation import group_masks
from rlvis.saliency.masks import disc_masks, random_masks, sliding_window
from rlvis.saliency.perturbed_outputs import perturbed_outputs

STRIDED = (Convolution("a", 3, (3, 3), (2, 2), ((1, 1), (1, 1)), "elu"), Convolution("b", 3, (4, 3), (2, 1), "VALID"), Recurrence("memory", 4, "lstm"))
POOLED = (
    Affine("scale", 2.0, -1.0), Convolution("a", 3, (3, 5), normalization=True), Pool("p", "l2", (3, 3)), Pool("q", "average", (3, 3), (1, 1)),
    Convolution("b", 3, (1, 1), (2, 2), bias=False), Dense("d", 4, "tanh"),
)  # fmt: skip
RESIDUAL = (Convolution("a", 3, (3, 3), activation="linear"), Pool("p", "max", (3, 3), (2, 2), ((1, 1), (1, 1))), ResidualBlock("r", 3), Activation("s"), Dense("d", 4))


def boxes():
    """Boxes of one size in the corners, at the edges and inside."""
    masks = np.zeros((9, 29, 34), np.float32)
    for index, (row, column) in enumerate((row, column) for row in (0, 9, 24) for column in (0, 11, 28)):
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


@pytest.mark.parametrize("trunk, depth", [(STRIDED, 2), (POOLED, 5), (RESIDUAL, 4)], ids=["strided", "pooled", "residual"])
def test_windows_give_what_whole_pictures_give(trunk, depth, monkeypatch):
    # As if windows were worth it everywhere.
    monkeypatch.setattr(local_recomputation, "WRITTEN", 10_000)
    network, parameters = network_of(trunk)
    generator = np.random.default_rng(4)
    observations, fill = generator.random((2, 2, 29, 34, 2)).astype(np.float32)
    masks = boxes()
    groups = group_masks(network, masks)
    assert {group.depth for group in groups} == {depth}
    assert sorted(np.concatenate([group.indices for group in groups])) == list(range(len(masks)))
    assert max(group.masks[0].size for group in groups) <= 6 * 7
    state = network.initial_state(2) if network.recurrent else None
    local = perturbed_outputs(network, parameters, observations, fill, groups, state, memory_decay=0.3)
    whole = perturbed_outputs(network, parameters, observations, fill, group_masks(network, masks, local=False), state, memory_decay=0.3)
    assert np.ptp(whole.perturbed_value, axis=1).min() > 1e-3
    assert_allclose(local.perturbed_logits, whole.perturbed_logits, atol=1e-5 * np.abs(whole.perturbed_logits).max())
    assert_allclose(local.perturbed_value, whole.perturbed_value, atol=1e-5 * np.abs(whole.perturbed_value).max())


def test_masks_at_the_edges_are_a_group_of_their_own():
    network, _ = network_of(STRIDED)
    groups = group_masks(network, disc_masks(29, 34, 7, 0.9).masks)
    assert len({group.masks.shape[1:] for group in groups}) > 1
    for group in groups:
        for index, row, column, mask in zip(group.indices, group.rows, group.columns, group.masks, strict=True):
            whole = np.zeros((29, 34), np.float32)
            whole[row : row + mask.shape[0], column : column + mask.shape[1]] = mask
            assert_array_equal(whole, disc_masks(29, 34, 7, 0.9).masks[index])


def test_masks_that_change_nearly_everything_are_not_cut_out():
    network, _ = network_of(STRIDED)
    (group,) = group_masks(network, random_masks(29, 34, 5).masks)
    assert group.depth == 0 and group.masks.shape == (5, 29, 34)


def test_networks_that_are_no_stacks_see_whole_pictures(linear_network):
    network, _ = linear_network(np.zeros((2, 9, 9, 1)))
    (group,) = group_masks(network, sliding_window(9, 9, (2, 2), (4, 4)).masks)
    assert group.depth == 0


def test_masks_of_another_size_are_refused(bent):
    with pytest.raises(OptionError, match=r"\(K, 8, 8\)"):
        group_masks(bent[0], np.zeros((2, 6, 8), np.float32))


def test_masks_that_hide_nothing_are_kept(bent, small_pictures):
    network, parameters = bent
    outputs = perturbed_outputs(network, parameters, small_pictures, 0 * small_pictures, group_masks(network, np.zeros((2, 8, 8), np.float32)))
    assert_allclose(outputs.perturbed_value, outputs.value[:, None].repeat(2, axis=1), atol=1e-6)


def test_large_masks_of_a_network_with_little_to_save_are_not_cut_out():
    """Of 29 × 34 pixels a mask of 21 × 24 changes half, and behind a 9 × 9 kernel nearly all: less than a third of the work could be saved."""
    network, _ = network_of((Convolution("a", 3, (9, 9)), Convolution("b", 16, (9, 9)), Dense("d", 4)))
    masks = np.zeros((1, 29, 34), np.float32)
    masks[:, 4:25, 5:29] = 1
    assert [group.depth for group in group_masks(network, masks)] == [0]
    masks[:, 8:, :] = masks[:, :, 9:] = 0
    assert [group.depth for group in group_masks(network, masks)] == [2]
