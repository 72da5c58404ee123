import sys

import pytest

from rlvis.parallel.quick_turns import INTERVAL, quick_turns


def test_turns_are_quick_inside_and_as_before_afterwards():
    before = sys.getswitchinterval()
    with pytest.raises(KeyError), quick_turns():
        assert sys.getswitchinterval() == pytest.approx(INTERVAL, rel=1e-3)
        raise KeyError
    assert sys.getswitchinterval() == before


def test_turns_that_are_quicker_stay():
    before = sys.getswitchinterval()
    sys.setswitchinterval(INTERVAL / 5)
    try:
        with quick_turns():
            assert sys.getswitchinterval() == pytest.approx(INTERVAL / 5, rel=0.03)  # kept in whole microseconds
    finally:
        sys.setswitchinterval(before)
