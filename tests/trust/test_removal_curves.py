import jax.numpy as jnp
import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.networks import Network, Outputs
from rlvis.trust.removal_curves import CENTRE, RANDOM, area, baseline_maps, removal_curves, removal_order

PICTURES = np.random.default_rng(0).random((2, 4, 5, 1)).astype(np.float32)


def two_logits_network():
    """The first action's logit is the weighted sum of pixels, the second's 0; so is the value."""
    weights = np.random.default_rng(1).random((4, 5)).astype(np.float32)

    def forward(parameters, observations, state, tap):
        total = jnp.einsum("hw,nhwc->n", parameters["all"]["kernel"], observations)
        return Outputs(jnp.stack([total, jnp.zeros_like(total)], axis=1), total)

    return Network(forward, (4, 5, 1), 2), {"all": {"kernel": weights}}


def test_pixels_go_in_the_order_of_the_map():
    masks = removal_order(np.array([[0.1, 0.9], [0.5, 0.5]]), 4)
    assert_array_equal(masks.reshape(5, 4), [[0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0], [0, 1, 1, 1], [1, 1, 1, 1]])
    assert_array_equal(removal_order(np.random.default_rng(0).random((3, 3)), 2).sum(axis=(1, 2)), [0, 4, 9])


def test_curves_are_what_the_network_says_of_the_pictures():
    network, parameters = two_logits_network()
    weights = parameters["all"]["kernel"]
    maps = np.random.default_rng(2).random((2, 4, 5))
    action, value = removal_curves(network, parameters, PICTURES, 0 * PICTURES, maps, steps=5)
    for frame, picture in enumerate(PICTURES[..., 0]):
        order = np.argsort(-maps[frame].ravel())
        for step in range(6):
            gone = order[: 4 * step]
            kept = np.delete((weights * picture).ravel(), gone).sum()
            total = (weights * picture).sum()
            assert_allclose(action.deletion[frame, step], 1 / (1 + np.exp(-kept)), rtol=1e-5)
            assert_allclose(action.insertion[frame, step], 1 / (1 + np.exp(-(total - kept))), rtol=1e-5)
            assert_allclose(value.deletion[frame, step], total - kept, atol=1e-5)
            assert_allclose(value.insertion[frame, step], kept, atol=1e-5)


def test_a_true_map_beats_one_that_knows_nothing():
    network, parameters = two_logits_network()
    true = PICTURES[..., 0] * parameters["all"]["kernel"]
    random = baseline_maps(2, 4, 5)[RANDOM]
    areas = [removal_curves(network, parameters, PICTURES, 0 * PICTURES, maps) for maps in (true, random)]
    assert (areas[0][0].deletion_area < areas[1][0].deletion_area).all() and (areas[0][0].insertion_area > areas[1][0].insertion_area).all()
    assert (areas[0][1].deletion_area > areas[1][1].deletion_area).all() and (areas[0][1].insertion_area < areas[1][1].insertion_area).all()


def test_area():
    assert_allclose(area(np.array([[0.0, 1.0, 1.0], [1.0, 1.0, 1.0]])), [0.75, 1])
    curve = np.random.default_rng(0).random((3, 9))
    assert_allclose(area(curve), np.trapezoid(curve, np.linspace(0, 1, 9), axis=1))


def test_baselines():
    maps = baseline_maps(3, 4, 6, seed=2)
    assert maps[CENTRE][0].argmax() in (8, 9, 14, 15) and (maps[CENTRE][0] == maps[CENTRE][2]).all()
    assert (maps[RANDOM][0] != maps[RANDOM][1]).any()
    # A frame's order does not depend on how many frames there are.
    assert_array_equal(baseline_maps(1, 4, 6, seed=2)[RANDOM][0], maps[RANDOM][0])
