import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.networks.stack import Affine, Convolution, Dense, Recurrence, StackDescription, build_stack
from rlvis.saliency.dense_entry import changed_products, entry_kernel, parts_of
from rlvis.saliency.mask_groups import group_masks
from rlvis.saliency.masks import disc_masks

CONVOLUTION = Convolution("conv", 3, (3, 3), (2, 2))


def entry_of(*trunk):
    return entry_kernel(build_stack(StackDescription((20, 20, 1), 2, trunk)))


def test_dense_and_recurrent_layers_are_entries():
    assert entry_of(CONVOLUTION, Dense("dense", 4), Dense("second", 4)) == ("dense", "kernel")
    assert entry_of(CONVOLUTION, Recurrence("memory", 4)) == ("memory", "input_kernel")


def test_what_is_not_linear_in_the_last_positions_is_none(linear_network):
    assert entry_of(CONVOLUTION) is None
    assert entry_of(CONVOLUTION, Affine("scale", 2.0), Dense("dense", 4)) is None
    assert entry_kernel(linear_network(np.zeros((2, 9, 9, 1)))[0]) is None


def test_parts_hold_every_mask_and_all_that_it_changes():
    network = build_stack(StackDescription((40, 40, 1), 2, (Convolution("conv", 3, (3, 3), (2, 2), ((1, 1), (1, 1))), Dense("dense", 4))))
    masks = disc_masks(40, 40, 6, 1.0).masks
    groups = group_masks(network, masks)
    parts = parts_of(groups)
    assert 1 < len(parts) <= 9
    assert_array_equal(np.sort(np.concatenate([part.indices for part in parts])), np.arange(len(masks)))
    for part in parts:
        for mask in masks[part.indices]:
            rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
            # Output o sees inputs 2 o − 1 to 2 o + 1.
            for (start, stop), touched in ((part.rows, rows), (part.columns, columns)):
                assert start <= touched[0] / 2 and stop >= min(20, touched[-1] / 2 + 0.5)
    assert parts_of(group_masks(network, masks, local=False)) == ()


def test_products_of_changes_are_products_of_the_whole():
    generator = np.random.default_rng(0)
    unperturbed = generator.standard_normal((2, 4, 5, 3)).astype(np.float32)
    features = np.repeat(unperturbed[:, None], 3, axis=1)
    features[:, 1, 1:3, :2] += 1
    features[:, 0, 3:, 4:] -= 2
    kernel = generator.standard_normal((60, 7)).astype(np.float32)
    found = changed_products(kernel, unperturbed, features, [(np.array([1, 2]), (1, 3), (0, 2)), (np.array([0]), (2, 4), (3, 5))])
    assert_allclose(found, features[:, [1, 2, 0]].reshape(2, 3, -1) @ kernel, atol=1e-5)


def test_masks_that_change_nearly_everything_are_not_told_apart():
    network = build_stack(StackDescription((40, 40, 1), 2, (Convolution("conv", 3, (3, 3), (2, 2), ((1, 1), (1, 1))), Dense("dense", 4))))
    masks = np.ones((2, 40, 40), np.float32)
    masks[0, :3] = masks[1, :, :4] = 0
    assert parts_of(group_masks(network, masks)) == ()
    masks[0, 20:] = masks[1, :, 15:] = 0
    assert len(parts_of(group_masks(network, masks))) == 2
