import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.layer_features import feature_rule, visible_picture
from rlvis.options import RunOptions, make_options


def test_the_newest_frame_in_colour_or_grey():
    stack = np.linspace(0, 1, 2 * 2 * 6, dtype=np.float32).reshape(2, 2, 6)
    assert_array_equal(visible_picture(stack), np.round(255 * stack[..., 3:]).astype(np.uint8))
    grey = visible_picture(stack[..., :4])
    assert grey.shape == (2, 2, 3)
    assert_array_equal(grey[..., 0], np.round(255 * stack[..., 3]).astype(np.uint8))
    assert visible_picture(np.full((1, 1, 1), 2.0)).max() == 255


@pytest.mark.parametrize("options, rule", [
    ({}, "graded, 4 steps"),
    ({"attr_integrate_steps": 3}, "graded, 3 steps"),
    ({"nmf_attr_integrate_steps": 6}, "graded, 6 steps"),
    ({"attr_integrate_rule": "right", "attr_integrate_steps": 10}, "right, 10 steps"),
    ({"attr_integrate_rule": "right", "nmf_attr_integrate_steps": 20}, "right, 20 steps"),
])
def test_features_are_found_with_few_steps_only_where_that_is_enough(options, rule):
    assert str(feature_rule(make_options(RunOptions, options))) == rule
