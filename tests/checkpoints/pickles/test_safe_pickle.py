"""The pickle reader gives what Python's own gives, for data; and inert values for the rest."""

import collections
import io
import pickle

import numpy as np
import pytest

from rlvis.checkpoints.limits import Budget
from rlvis.checkpoints.pickles.numpy_arrays import NUMPY, PickledArray
from rlvis.checkpoints.pickles.plain_data import named_arrays, plain
from rlvis.checkpoints.pickles.safe_pickle import PLAIN, Instance, Reference
from rlvis.checkpoints.pickles.safe_pickle import read_pickle as read_within
from rlvis.errors import CheckpointError



def read_pickle(stream, rules=PLAIN):
    return read_within(stream, rules, Budget(len(stream.getvalue())))


DATA = {
    "numbers": [0, 1, -1, 255, 256, 65536, -(2**31), 2**31, 2**70, 1.5, -0.0, float("inf")],
    "texts": ["", "a", "ä" * 300, "\n\t'\""],
    "bytes": [b"", b"\x00\xff", b"x" * 300, bytearray(b"abc")],
    "constants": (None, True, False, ()),
    "tuples": ((1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "nested": {"a": {"b": [{"c": ({},)}]}, 3: "three", None: 1, (1, "x"): 2},
}


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data(protocol):
    assert read_pickle(io.BytesIO(pickle.dumps(DATA, protocol))) == DATA


@pytest.mark.parametrize("protocol", range(6))
def test_shared_values_stay_shared(protocol):
    inner = [1]
    found = read_pickle(io.BytesIO(pickle.dumps([inner, inner, {"x": inner}], protocol)))
    assert found[0] is found[1] is found[2]["x"]


@pytest.mark.parametrize("protocol", range(6))
def test_dictionaries_of_other_classes(protocol):
    ordered = collections.OrderedDict([("b", 1), ("a", 2)])
    assert list(read_pickle(io.BytesIO(pickle.dumps(ordered, protocol))).items()) == [("b", 1), ("a", 2)]
    assert read_pickle(io.BytesIO(pickle.dumps(collections.defaultdict(list, {"a": 1}), protocol))) == {"a": 1}


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_of_numbers(protocol):
    arrays = [(np.arange(6) % 5).astype(kind).reshape(2, 3) for kind in ("f4", "f8", "f2", "i1", "i8", "u2", "?", ">f4")]
    arrays += [np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.zeros((0, 3)), np.array(2.5)]
    found = read_pickle(io.BytesIO(pickle.dumps(arrays, protocol)), PLAIN.merged(NUMPY))
    for value, array in zip(found, arrays, strict=True):
        assert isinstance(value, PickledArray) and value.array.dtype == array.dtype
        np.testing.assert_array_equal(value.array, array)


@pytest.mark.parametrize("protocol", range(6))
def test_numbers_of_numpy(protocol):
    assert read_pickle(io.BytesIO(pickle.dumps([np.float32(1.5), np.int64(3), np.bool_(True)], protocol)), PLAIN.merged(NUMPY)) == [1.5, 3, True]


class Thing:
    def __init__(self):
        self.x = 3


@pytest.mark.parametrize("protocol", range(6))
def test_objects_are_inert(protocol):
    found = read_pickle(io.BytesIO(pickle.dumps(Thing(), protocol)))
    assert isinstance(found, Instance) and found.state == {"x": 3}


def test_classes_are_only_names():
    found = read_pickle(io.BytesIO(pickle.dumps(Thing)))
    assert found == Reference(Thing.__module__, "Thing") and isinstance(found, Reference)


def test_the_stream_is_left_behind_the_pickle():
    stream = io.BytesIO(pickle.dumps(1) + pickle.dumps("two") + b"rest")
    assert read_pickle(stream) == 1
    assert read_pickle(stream) == "two"
    assert stream.read() == b"rest"


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x02", b".", b"\x80\x02K", b"\x80\x02h\x05.", b"\x80\x02s.", b"t.", b"\x80\x02\x85.", b"garbage", b"\x80\x02}K\x01K\x02K\x03u."])
def test_damage(data):
    with pytest.raises(CheckpointError, match="damaged"):
        read_pickle(io.BytesIO(data))


def test_named_arrays_of_a_tree():
    tree = {"a": [np.zeros(1), {"b": np.ones(2)}], 3: (np.ones(3), "text")}
    assert {name: len(array) for name, array in named_arrays(tree, "/").items()} == {"a/0": 1, "a/1/b": 2, "3/0": 3}


def test_plain_data_is_what_json_can_hold():
    value = {"a": (1, 2.5, float("nan")), "b": np.zeros((2, 3)), "c": Instance(Reference("x", "Y"), ()), 4: Reference("m", "f"), "long": "x" * 5000}
    assert plain(value) == {"a": [1, 2.5, "nan"], "b": "<array 2×3>", "c": "<x.Y>", "4": "<m.f>", "long": "x" * 2000 + "…"}
