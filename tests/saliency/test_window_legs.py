import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.networks.stack import Activation, Convolution, Pool, ResidualBlock
from rlvis.saliency.window_legs import Field, fields_of, plan_legs, reached

FIELDS = [(3, 2, 1, 40), (8, 4, 0, 12), (4, 2, 2, 30), (3, 1, 1, 30), (3, 3, 0, 9), (2, 2, 0, 14), (1, 3, 0, 9)]


def field_of(kernel, stride, pad, outputs):
    return Field((kernel, 1), (stride, 1), ((pad, pad), (0, 0)), (outputs, 1))


@pytest.mark.parametrize("kernel, stride, pad, outputs", FIELDS)
def test_changes_reach_these_outputs(kernel, stride, pad, outputs):
    field, length = field_of(kernel, stride, pad, outputs), stride * (outputs - 1) + kernel - 2 * pad
    for start in range(length):
        for stop in range(start + 1, length + 1):
            seen = [output for output in range(outputs) if any(start <= stride * output - pad + tap < stop for tap in range(kernel))]
            first, end = reached(field, 0, (np.array([start]), np.array([stop])))
            if seen:
                assert (first[0], end[0] - 1) == (seen[0], seen[-1])
            else:
                assert end[0] - first[0] == 1


@pytest.mark.parametrize("multiple", [1, 2, 4])
@pytest.mark.parametrize("kernels", [((3, 2, 1), (3, 2, 1), (3, 2, 1), (3, 2, 1)), ((8, 4, 0), (4, 2, 0), (3, 1, 0)), ((3, 1, 1), (3, 2, 1), (3, 1, 1), (2, 2, 0))], ids=["strided", "nature", "pooled"])
def test_windows_hold_the_changes_and_fit_together(kernels, multiple):
    length, fields = 84, []
    for kernel, stride, pad in kernels:
        length = (length + 2 * pad - kernel) // stride + 1
        fields.append(field_of(kernel, stride, pad, length))
    start = np.arange(0, 84, 5)
    ranges = [(np.maximum(start - 9, 0), np.minimum(start + 10, 84))]
    for field in fields:
        ranges.append(reached(field, 0, ranges[-1]))
    legs, places = plan_legs(fields, 0, ranges, multiple)
    if multiple % fields[0].stride[0] == 0:
        assert_array_equal(places[:, 0] % multiple, 0)
    size = (ranges[0][1] - places[:, 0]).max()
    for number, (field, leg, changed) in enumerate(zip(fields, legs, ranges[1:], strict=True)):
        before, computed, passed = places[:, 2 * number], places[:, 2 * number + 1], places[:, 2 * number + 2]
        # The first output's field begins, and the last one's ends, where the zeros around the window do.
        stride, kernel, pad = field.stride[0], field.kernel[0], field.pads[0][0]
        assert_array_equal(stride * computed - pad, before - leg.pads[0])
        assert_array_equal(stride * (computed + leg.size - 1) - pad + kernel, before + size + leg.pads[1])
        size = leg.cut or leg.size
        if leg.cut is None:
            assert_array_equal(passed, computed)
        for place, length in ((computed, leg.size), (passed, size)):
            assert (place <= changed[0]).all() and (place + length >= changed[1]).all()
    assert_array_equal(places[:, -1], 0)
    assert size == fields[-1].outputs[0]


def test_no_window_is_larger_than_it_must_be_where_strides_allow():
    field = field_of(3, 1, 1, 20)
    changed = np.array([3, 7]), np.array([8, 11])
    legs, _ = plan_legs((field,) * 2, 0, [changed, (changed[0] - 1, changed[1] + 1), (changed[0] - 2, changed[1] + 2)], 1)
    assert [leg.size for leg in legs] == [7, 9]


def test_layers_have_these_fields():
    shape = (20, 22, 3)
    assert fields_of(Convolution("c", 4, (3, 5), (2, 1)), shape) == (Field((3, 5), (2, 1), ((0, 1), (2, 2)), (10, 22)),)
    assert fields_of(Pool("p", "max", (3, 3), (2, 2), "VALID"), shape) == (Field((3, 3), (2, 2), ((0, 0), (0, 0)), (9, 10)),)
    assert fields_of(ResidualBlock("r", 3), shape) == (Field((3, 3), (1, 1), ((1, 1), (1, 1)), (20, 22)),) * 2
    assert fields_of(Activation("a"), shape) == ()
