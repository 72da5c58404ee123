import pytest

from rlvis.layer_directions import feature_rule
from rlvis.options import RunOptions, make_options


@pytest.mark.parametrize("options, rule", [
    ({}, "graded, 4 steps"),
    ({"attr_integrate_steps": 3}, "graded, 3 steps"),
    ({"nmf_attr_integrate_steps": 6}, "graded, 6 steps"),
    ({"attr_integrate_rule": "right", "attr_integrate_steps": 10}, "right, 10 steps"),
    ({"attr_integrate_rule": "right", "nmf_attr_integrate_steps": 20}, "right, 20 steps"),
])
def test_features_are_found_with_few_steps_only_where_that_is_enough(options, rule):
    assert str(feature_rule(make_options(RunOptions, options))) == rule
