import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.attribution.receptive_field import render_attention, render_in, scale_sequence
from rlvis.errors import NetworkError
from rlvis.networks import build, describe
from rlvis.networks.receptive_fields import attention_receptive_field


def transposed_convolution(attention, size, stride, padding, picture):
    """With a kernel of ones, one position after the other."""
    count, height, width = attention.shape
    full = np.zeros((count, (height - 1) * stride + size + 2 * padding + picture, (width - 1) * stride + size + 2 * padding + picture))
    for row in range(height):
        for column in range(width):
            full[:, row * stride : row * stride + size, column * stride : column * stride + size] += attention[:, row : row + 1, column : column + 1]
    return full[:, padding : padding + picture, padding : padding + picture]


@pytest.mark.parametrize("side, size, stride, padding", [(7, 36, 8, 0), (7, 36, 8, 1), (20, 8, 4, 0), (84, 13, 1, 6)])
def test_equals_the_transposed_convolution(side, size, stride, padding):
    attention = np.random.default_rng(0).random((2, side, side), np.float32)
    assert_allclose(render_attention(attention, size, stride, padding, (84, 84)), transposed_convolution(attention, size, stride, padding, 84), rtol=1e-5)


def test_rows_and_columns_may_differ_and_negative_sums_become_zero():
    attention = np.array([[[1.0, -2.0]]])
    assert_array_equal(render_attention(attention, (2, 1), (1, 2), 0, (2, 4)), [[[1, 0, 0, 0], [1, 0, 0, 0]]])


def test_a_network_knows_its_receptive_field():
    field = attention_receptive_field(build(describe("cnn_sparse_fls", (84, 84, 4), 3)))
    attention = np.zeros((1, 7, 7), np.float32)
    attention[0, 1, 2] = 3
    rendered = render_in(field, attention)
    expected = np.zeros((84, 84))
    expected[8:44, 16:52] = 3
    assert_array_equal(rendered[0], expected)


def test_one_scale_for_the_whole_sequence():
    maps = np.array([[[1.0, 0.0]], [[4.0, 2.0]]])
    assert_array_equal(scale_sequence(maps), maps / 4)
    assert_array_equal(scale_sequence(np.full((2, 1, 1), 1e-9)), np.full((2, 1, 1), 1e-9))


def test_shape_is_checked():
    with pytest.raises(NetworkError, match="expected \\(N, h, w\\)"):
        render_attention(np.zeros((2, 7, 7, 1)), 36, 8, 0, (84, 84))
