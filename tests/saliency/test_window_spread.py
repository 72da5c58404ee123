import numpy as np
import pytest

from rlvis.saliency.window_spread import Field, aligned, output_size, spread


def reached(field, start, size):
    """The outputs that see an input of a window, one by one."""
    (kernel, _), (stride, _), ((pad, _), _) = field
    seen = [output for output in range(-9, 40) if any(start <= stride * output - pad + tap < start + size for tap in range(kernel))]
    return seen[0], seen[-1]


@pytest.mark.parametrize("kernel, stride, pad, size, grid", [(3, 2, 1, 9, (2, 0)), (3, 2, 1, 9, (4, 3)), (8, 4, 0, 11, (4, 0)), (4, 2, 2, 6, (6, 1)), (3, 1, 1, 5, (1, 0)), (3, 3, 0, 7, (3, 2)), (2, 2, 0, 4, (2, 1))])
def test_windows_reach_these_outputs(kernel, stride, pad, size, grid):
    field = Field((kernel, 1), (stride, 1), ((pad, pad), (0, 0)))
    found = spread(field, 0, size, grid)
    for start in range(grid[1], 30, grid[0]):
        first, last = reached(field, start, size)
        place = start // stride - found.shift
        assert (place, place + found.size - 1) == (first, last)
        assert (place - found.grid[1]) % found.grid[0] == 0
        # The first output's field begins, and the last one's ends, where the zeros around the window do.
        assert stride * first - pad == start - found.pads[0]
        assert stride * last - pad + kernel == start + size + found.pads[1]


def test_windows_are_widened_only_where_they_must_be():
    assert aligned(10, (4, 1), 2) == (10, (4, 1))
    assert aligned(10, (3, 1), 2) == (11, (2, 0))


def test_output_size_is_that_of_a_convolution():
    field = Field((8, 3), (4, 2), ((0, 0), (1, 1)))
    assert (output_size(field, 0, 84), output_size(field, 1, 80)) == (20, 40)
    assert output_size(field, 0, 84) == len(np.arange(0, 84 - 8 + 1, 4))
