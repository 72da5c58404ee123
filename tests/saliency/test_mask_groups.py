import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.errors import OptionError
from rlvis.networks.stack import Convolution, Dense, Recurrence, StackDescription, build_stack
from rlvis.saliency.mask_groups import group_masks
from rlvis.saliency.masks import disc_masks, random_masks, sliding_window

STRIDED = (Convolution("a", 3, (3, 3), (2, 2), ((1, 1), (1, 1)), "elu"), Convolution("b", 3, (4, 3), (2, 1), "VALID"), Recurrence("memory", 4, "lstm"))


def network_of(trunk, shape=(29, 34, 2)):
    return build_stack(StackDescription(shape, 3, trunk))


def test_masks_at_the_edges_are_a_group_of_their_own():
    network = network_of(STRIDED)
    groups = group_masks(network, disc_masks(29, 34, 7, 0.9).masks)
    assert len({group.masks.shape[1:] for group in groups}) > 1
    for group in groups:
        for index, row, column, mask in zip(group.indices, group.rows[:, 0], group.columns[:, 0], group.masks, strict=True):
            whole = np.zeros((29 + 20, 34 + 20), np.float32)
            whole[10 + row : 10 + row + mask.shape[0], 10 + column : 10 + column + mask.shape[1]] = mask
            assert_array_equal(whole[10:39, 10:44], disc_masks(29, 34, 7, 0.9).masks[index])


def test_masks_that_change_nearly_everything_are_not_cut_out():
    network = network_of(STRIDED)
    (group,) = group_masks(network, random_masks(29, 34, 5).masks)
    assert group.plan is None and group.masks.shape == (5, 29, 34)


def test_networks_that_are_no_stacks_see_whole_pictures(linear_network):
    network, _ = linear_network(np.zeros((2, 9, 9, 1)))
    (group,) = group_masks(network, sliding_window(9, 9, (2, 2), (4, 4)).masks)
    assert group.plan is None


def test_masks_of_another_size_are_refused(bent):
    with pytest.raises(OptionError, match=r"\(K, 8, 8\)"):
        group_masks(bent[0], np.zeros((2, 6, 8), np.float32))


def test_large_masks_of_a_network_with_little_to_save_are_not_cut_out():
    """Of 29 × 34 pixels a mask of 21 × 24 changes half, and behind a 9 × 9 kernel nearly all: less than a third of the work could be saved."""
    network = network_of((Convolution("a", 3, (9, 9)), Convolution("b", 16, (9, 9)), Dense("d", 4)))
    masks = np.zeros((1, 29, 34), np.float32)
    masks[:, 4:25, 5:29] = 1
    assert [group.plan for group in group_masks(network, masks)] == [None]
    masks[:, 8:, :] = masks[:, :, 9:] = 0
    assert [group.plan.depth for group in group_masks(network, masks)] == [2]


def test_windows_that_save_little_of_all_are_not_cut_out():
    """Few of these masks are small: even if they cost nothing, nine tenths of the work would be left."""
    network = network_of((Convolution("a", 8, (9, 9)), Dense("d", 4)))
    masks = np.ones((10, 29, 34), np.float32)
    masks[0, 4:] = masks[0, :, 4:] = 0
    (group,) = group_masks(network, masks)
    assert group.plan is None and len(group.masks) == 10
    assert {group.plan is None for group in group_masks(network, masks[:2])} == {True, False}


def test_what_masks_change_of_the_last_layer_is_known():
    network = network_of((Convolution("a", 2, (3, 3), (2, 2), ((1, 1), (1, 1))), Dense("d", 4)), (16, 16, 1))
    masks = np.zeros((1, 16, 16), np.float32)
    masks[0, 4:7, 9] = 1
    (group,) = group_masks(network, masks)
    # Output o sees inputs 2 o − 1 to 2 o + 1.
    assert_array_equal(group.reached, [[[2, 4], [4, 6]]])
