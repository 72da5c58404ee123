import numpy as np
from numpy.testing import assert_array_equal

from rlvis.layer_features import visible_picture


def test_the_newest_frame_in_colour_or_grey():
    stack = np.linspace(0, 1, 2 * 2 * 6, dtype=np.float32).reshape(2, 2, 6)
    assert_array_equal(visible_picture(stack), np.round(255 * stack[..., 3:]).astype(np.uint8))
    grey = visible_picture(stack[..., :4])
    assert grey.shape == (2, 2, 3)
    assert_array_equal(grey[..., 0], np.round(255 * stack[..., 3]).astype(np.uint8))
    assert visible_picture(np.full((1, 1, 1), 2.0)).max() == 255
