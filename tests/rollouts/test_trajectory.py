import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.errors import RolloutError
from rlvis.rollouts.trajectory import Trajectory, flatten_state, unflatten_state


def arrays(length=3, **changes):
    values = {
        "observations": np.zeros((length, 4, 4, 3), np.uint8), "actions": np.zeros(length, np.int32), "rewards": np.zeros(length, np.float32),
        "firsts": np.zeros(length, bool), "dones": np.zeros(length, bool), "logits": np.zeros((length, 2), np.float32), "values": np.zeros(length, np.float32),
    }
    return values | changes


@pytest.mark.parametrize("changes, message", [
    ({"rewards": np.zeros(2)}, "3 observations but 2 rewards"), ({"logits": np.zeros(3)}, r"logits \(T, A\)"), ({"observations": np.zeros((0, 4, 4, 3))}, "no steps"),
])
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(RolloutError, match=message):
        Trajectory(**arrays(**changes))


def test_nested_memory_as_named_arrays_and_back():
    state = {"lstm": {"c": np.ones(2), "h": np.zeros(2)}, "gru": {"h": np.ones(1)}}
    flat = flatten_state(state)
    assert sorted(flat) == ["gru/h", "lstm/c", "lstm/h"]
    again = unflatten_state(flat)
    assert_array_equal(again["lstm"]["c"], state["lstm"]["c"])
    assert flatten_state(None) == {} and unflatten_state({}) is None
