"""Layouts of other libraries become rlvis's: the same numbers come out of the layer."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.checkpoints.conventions import CONVENTIONS, Convention, convolution_kernel, dense_kernel, reorder_gates
from rlvis.errors import CheckpointError


def test_convolution_kernels():
    array = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    assert convolution_kernel(array, CONVENTIONS["torch"]).shape == (4, 5, 3, 2)
    assert convolution_kernel(array, CONVENTIONS["torch"])[1, 2, 0, 1] == array[1, 0, 1, 2]
    assert_array_equal(convolution_kernel(array, CONVENTIONS["flax"]), array)


def test_dense_kernel_after_a_picture():
    """The output for a picture flattened in either order is the same."""
    generator = np.random.default_rng(0)
    picture, weight = generator.random((4, 3, 2)), generator.random((5, 24))
    expected = weight @ picture.transpose(2, 0, 1).ravel()
    assert_allclose(picture.ravel() @ dense_kernel(weight, CONVENTIONS["torch"], (4, 3, 2)), expected)


def test_dense_kernel_after_numbers():
    weight = np.arange(6.0).reshape(2, 3)
    assert_array_equal(dense_kernel(weight, CONVENTIONS["torch"], (3,)), weight.T)
    assert_array_equal(dense_kernel(weight, CONVENTIONS["tensorflow"], (2,)), weight)


def test_gates():
    array = np.array([[1, 1, 2, 2, 3, 3, 4, 4]])
    assert_array_equal(reorder_gates(array, "lstm", CONVENTIONS["tensorflow"]), [[1, 1, 2, 2, 4, 4, 3, 3]])
    assert_array_equal(reorder_gates(array, "lstm", CONVENTIONS["torch"]), array)
    assert_array_equal(reorder_gates(np.arange(3), "gru", Convention({}, gru_gates="zrn")), [1, 0, 2])
    with pytest.raises(CheckpointError, match="expected an order of 'ifgo'"):
        reorder_gates(array, "lstm", Convention({}, lstm_gates="abcd"))
