import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.errors import NetworkError
from rlvis.networks import Network, Outputs, build, describe
from rlvis.networks.receptive_fields import attention_receptive_field, coverage, receptive_field
from rlvis.networks.stack import Activation, Convolution, Pool, ResidualBlock, StackDescription
from tests.conftest import random_parameters, record_at_once


@pytest.mark.parametrize(
    "name, size, stride, padding",
    [("cnn_sparse_fls", 36, 8, 0), ("cnn_daqn", 36, 8, 0), ("cnn_rsppo", 36, 8, 1), ("cnn_sparse_fls_h1", 8, 4, 0), ("cnn_sparse_fls_x3", 8, 4, 0), ("cnn_dense_fls", 13, 1, 6)],
)
def test_published_receptive_fields(name, size, stride, padding):
    field = attention_receptive_field(build(describe(name, (84, 84, 4), 3)))
    assert (field.size, field.stride, field.padding, field.picture) == ((size,) * 2, (stride,) * 2, (padding,) * 2, (84, 84))


SIDE = 13
LAYERS = (
    Convolution("padded", 2, (4, 3), (2, 1), ((1, 2), (0, 1)), "linear"),
    Pool("average", "average", (2, 2), (1, 2)),
    Convolution("same", 2, (4, 3), (1, 1), "SAME", "linear"),
    ResidualBlock("residual", 2),
    Convolution("last", 1, (1, 1)),
)


@pytest.mark.parametrize("layer, before", [("average", "padded"), ("same", "average"), ("residual", "same"), ("last", "residual")])
def test_a_position_sees_its_receptive_field_and_nothing_else(layer, before):
    description = StackDescription((SIDE, SIDE, 1), 2, (Activation("as_is", "linear"), *LAYERS))
    parameters = {name: {part: np.abs(array) for part, array in group.items()} for name, group in random_parameters(description).items()}
    # One picture per pixel, with that pixel lit; positive weights let every effect through.
    pictures = np.eye(SIDE * SIDE, dtype=np.float32).reshape(-1, SIDE, SIDE, 1)
    pictures = np.concatenate([np.zeros_like(pictures[:1]), pictures])
    found = np.asarray(record_at_once(build(description), parameters, pictures, names=(before,))[1][before]).sum(-1)
    field = receptive_field(description, layer)
    for row in range(found.shape[1]):
        for column in range(found.shape[2]):
            seen = (found[1:, row, column] != found[0, row, column]).reshape(SIDE, SIDE)
            rows, columns = (coverage(position + 1, field.size[axis], field.stride[axis], field.padding[axis], SIDE)[:, -1] for axis, position in enumerate((row, column)))
            assert_array_equal(seen, np.outer(rows, columns) > 0)


def test_coverage_by_its_definition():
    expected = [[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 1, 1], [0, 1, 1]]
    assert_array_equal(coverage(3, 4, 2, 1, 5), expected)


def test_unknown_layer_and_network_without_attention():
    description = describe("nature", (84, 84, 4), 3)
    with pytest.raises(NetworkError, match="no layer 'conv9'"):
        receptive_field(description, "conv9")
    with pytest.raises(NetworkError, match="after 'conv3'"):
        receptive_field(description, "conv1", start="conv3")
    with pytest.raises(NetworkError, match="no attention"):
        attention_receptive_field(build(description))
    custom = Network(lambda parameters, observations, state, tap: Outputs(observations, observations), (8, 8, 1), 2)
    with pytest.raises(NetworkError, match="no attention"):
        attention_receptive_field(custom)
