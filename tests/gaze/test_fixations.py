import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.gaze.atari_head import Gaze
from rlvis.gaze.fixations import collect_fixations, draw_others


def positions_of(num_frames, seed=0):
    generator = np.random.default_rng(seed)
    return tuple(np.round(generator.uniform(-5, 215, (generator.integers(0, 5), 2)) * 2) / 2 for _ in range(num_frames))


def gaze_of(positions):
    nothing = np.zeros(len(positions), int)
    return Gaze(np.arange(1, len(positions) + 1), positions, nothing, nothing, nothing)


def by_hand(gaze, index, shape, offset):
    """Python's own rounding and loops, frame numbers from 1."""
    counts = np.zeros(shape, int)
    for lag in (0, 1, 4, 5, 8, 9, 12, 13):
        number = index - lag + 1 + offset
        if index - lag >= 0 and 1 <= number <= len(gaze):
            for x, y in gaze[number - 1]:
                row, column = (round(y), round(x)) if shape == (210, 160) else (round(y / 210 * 84), round(x / 160 * 84))
                if 0 <= row < shape[0] and 0 <= column < shape[1]:
                    counts[row, column] += 1
    return counts


@pytest.mark.parametrize("offset", [0, -1, 2])
@pytest.mark.parametrize("shape", [(210, 160), (84, 84)])
def test_fixations_are_those_at_the_frames_in_the_stack(shape, offset):
    positions = positions_of(31)
    found = collect_fixations(gaze_of(positions), shape=shape, frame_offset=offset)
    assert len(found) == 8
    for number in range(8):
        assert_array_equal(found.counts(number), by_hand(positions, 4 * number, shape, offset))
    assert found.counts(5).sum() > 5


def test_others_are_those_of_the_published_evaluation():
    found = collect_fixations(gaze_of(positions_of(61)))
    indices = [0, 3, 7, 14]
    others = draw_others(found, indices, 10)
    generator = np.random.RandomState(42)
    for index in indices:
        drawn = generator.randint(len(found) - 1, size=(10,))
        drawn[drawn >= index] += 1
        expected = sum(found.counts(other) for other in drawn)
        assert_array_equal(np.bincount(others[index], minlength=210 * 160).reshape(210, 160), expected)


def test_all_others():
    found = collect_fixations(gaze_of(positions_of(41)))
    total = sum(found.counts(index) for index in range(len(found)))
    others = draw_others(found, [0, 4, len(found) - 1], 0)
    for index, pixels in others.items():
        assert_array_equal(np.bincount(pixels, minlength=210 * 160).reshape(210, 160), total - found.counts(index))


def test_a_single_observation_has_no_others():
    found = collect_fixations(gaze_of(positions_of(3)))
    assert len(found) == 1
    assert len(draw_others(found, [0], 10)[0]) == 0
