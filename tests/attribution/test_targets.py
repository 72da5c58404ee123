import pytest
from numpy.testing import assert_array_equal

from rlvis.attribution.targets import VALUE, find_targets, policy_targets
from rlvis.errors import OptionError

TARGETS = (VALUE, *policy_targets(["left", "stay", "right"], {"move": [0, 2], "alone": [1]}))


def test_value_then_actions_then_groups_of_more_than_one():
    assert [target.id for target in TARGETS] == ["value", "logit:0", "logit:1", "logit:2", "group:move"]
    assert [target.kind for target in TARGETS] == ["value", "logit", "logit", "logit", "group"]


def test_weights_are_rows_over_value_and_logits():
    assert_array_equal(VALUE.weights(3), [1, 0, 0, 0])
    assert_array_equal(TARGETS[-1].weights(3), [0, 1, 0, 1])


def test_find_by_id():
    assert find_targets(["group:move", "value"], TARGETS) == (TARGETS[-1], VALUE)
    with pytest.raises(OptionError, match="unknown output 'logit:9'; there are value, logit:0"):
        find_targets(["logit:9"], TARGETS)
