import numpy as np
from numpy.testing import assert_array_equal

from rlvis.networks.stack import Convolution, Dense, StackDescription, build_stack, parameter_shapes
from rlvis.trust.parameter_randomization import layers_from_the_top, randomization_curve, randomized

DESCRIPTION = StackDescription((6, 6, 1), 3, (Convolution("conv", 2, (3, 3), normalization=True), Dense("dense", 4)))
PARAMETERS = {name: {part: np.random.default_rng(0).random(shape) for part, shape in group.items()} for name, group in parameter_shapes(DESCRIPTION).items()}


def test_layers_come_from_the_outputs_down():
    assert layers_from_the_top(build_stack(DESCRIPTION), PARAMETERS) == (("policy", "value"), ("dense",), ("conv", "conv.normalization"))


def test_shuffling_keeps_the_distribution_and_the_other_layers():
    result = randomized(PARAMETERS, ("dense",), seed=1)
    assert result["conv"] is PARAMETERS["conv"]
    assert_array_equal(np.sort(result["dense"]["kernel"], axis=None), np.sort(PARAMETERS["dense"]["kernel"], axis=None))
    assert (result["dense"]["kernel"] != PARAMETERS["dense"]["kernel"]).any()
    assert_array_equal(result["dense"]["kernel"], randomized(PARAMETERS, ("dense",), seed=1)["dense"]["kernel"])


def test_maps_that_read_a_layer_change_when_it_is_randomized():
    network = build_stack(DESCRIPTION)
    pattern = np.random.default_rng(1).random((2, 6, 24))

    def reads_dense(parameters):
        return pattern[:, :, :12] * np.asarray(parameters["dense"]["kernel"]).ravel()[:12]

    curve = dict(randomization_curve(network, PARAMETERS, reads_dense))
    assert list(curve) == ["policy and value", "dense", "conv and conv.normalization"]
    assert_array_equal(curve["policy and value"], 1)
    assert (curve["dense"] < 0.9).all()
    # Randomization is cumulative: further down, what is above stays randomized.
    assert_array_equal(curve["conv and conv.normalization"], curve["dense"])


def test_maps_that_ignore_the_network_stay_the_same():
    pattern = np.random.default_rng(1).random((2, 6, 6))
    assert all((similarity == 1).all() for _, similarity in randomization_curve(build_stack(DESCRIPTION), PARAMETERS, lambda parameters: pattern))
