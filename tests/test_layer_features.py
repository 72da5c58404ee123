import numpy as np
from numpy.testing import assert_array_equal

from rlvis.layer_features import _next_begun, visible_picture


def test_the_newest_frame_in_colour_or_grey():
    stack = np.linspace(0, 1, 2 * 2 * 6, dtype=np.float32).reshape(2, 2, 6)
    assert_array_equal(visible_picture(stack), np.round(255 * stack[..., 3:]).astype(np.uint8))
    grey = visible_picture(stack[..., :4])
    assert grey.shape == (2, 2, 3)
    assert_array_equal(grey[..., 0], np.round(255 * stack[..., 3]).astype(np.uint8))
    assert visible_picture(np.full((1, 1, 1), 2.0)).max() == 255


def test_each_item_comes_after_the_next_was_begun():
    begun = []
    items = _next_begun(begun.append(number) or number for number in range(3))
    assert [(item, len(begun)) for item in items] == [(0, 2), (1, 3), (2, 3)]
