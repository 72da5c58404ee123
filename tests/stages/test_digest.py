from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import pytest

from rlvis.stages.digest import digest


@dataclass
class Pair:
    one: int
    two: tuple


def test_equal_values_have_equal_digests():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": (1, 2), "a": 1})
    assert digest(np.arange(6).reshape(2, 3)[:, ::2]) == digest(np.array([[0, 2], [3, 5]]))
    assert digest(jnp.ones(3)) == digest(np.ones(3, np.float32))
    assert digest(Pair(1, (2,))) == digest({"one": 1, "two": [2]})
    assert len(digest(None)) == 64


@pytest.mark.parametrize("one, other", [
    (1, "1"), (1, 1.0), (1, True), (None, "None"), ("ab", b"ab"), (["ab", "c"], ["a", "bc"]), ([[1], 2], [[1, 2]]), ({"a": 1}, ["a", 1]), ({"a": None}, {}),
    (np.zeros(2), np.zeros(2, np.float32)), (np.zeros((2, 3)), np.zeros((3, 2))), (np.array([0.0]), np.array([-0.0])), (Pair(1, ()), Pair(2, ())),
])
def test_different_values_have_different_digests(one, other):
    assert digest(one) != digest(other)
    assert digest([one, other]) != digest([other, one])


def test_what_has_no_digest():
    with pytest.raises(TypeError, match="no digest of function"):
        digest({"a": lambda: 0})
