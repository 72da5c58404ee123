import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.environments.preprocessing import Preprocessing, preprocess
from rlvis.gaze.replay import ReplayOptions, count_observations, replay


@pytest.mark.parametrize("num_frames", [1, 2, 5, 8, 9, 10])
def test_observations_are_those_before_the_last_frame(num_frames):
    pictures = np.random.default_rng(0).integers(0, 256, (num_frames, 210, 160, 3), dtype=np.uint8)
    indices = [index for index in range(0, num_frames, 4) if index < num_frames - 1]
    steps = list(replay(pictures, num_frames))
    assert len(steps) == len(indices) == count_observations(num_frames)
    shown = [pictures[0] if index == 0 else np.maximum(pictures[index - 1], pictures[index]) for index in indices]
    for number, step in enumerate(steps):
        assert_array_equal(step.picture, shown[number])
        for channel in range(4):
            lag = 3 - channel
            expected = preprocess(shown[number - lag], Preprocessing())[..., 0] if number >= lag else 0
            assert_array_equal(step.observation[..., channel], np.broadcast_to(expected, (84, 84)))


def test_other_preprocessing():
    pictures = np.random.default_rng(0).integers(0, 256, (7, 210, 160, 3), dtype=np.uint8)
    options = ReplayOptions(Preprocessing(grayscale=None, resize=None, frame_stack=1), 2, False)
    steps = list(replay(pictures, 7, options))
    assert_array_equal([step.observation for step in steps], pictures[[0, 2, 4]])
    assert options.lags == (0,)


def test_lags_are_those_of_the_pooled_and_stacked_frames():
    assert ReplayOptions().lags == (0, 1, 4, 5, 8, 9, 12, 13)


def test_a_recording_that_ends_early_gives_fewer_observations():
    assert len(list(replay(np.zeros((6, 210, 160, 3), np.uint8), 100))) == 2
