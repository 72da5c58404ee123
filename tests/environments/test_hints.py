import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.environments import Moment, Transition, VectorEnvironment
from rlvis.environments.hints import HintEnvironment, RandomHints, draw_hints, hint_box
from rlvis.errors import EnvironmentFailure


class Counting(VectorEnvironment):
    """Pictures whose every level is the number of steps so far, in a stack of two; episodes of four steps."""

    num_actions, action_names, supports_state = 4, tuple("abcd"), True
    observation_shape = (42, 40, 2)

    def __init__(self, num_envs=3, dtype=np.uint8):
        self.num_envs, self.clock, self.dtype, self.closed = num_envs, 0, dtype, False

    def observe(self):
        pictures = np.zeros((self.num_envs, *self.observation_shape), self.dtype)
        pictures[..., 1] = self.clock
        pictures[..., 0] = self.clock - 1 if self.clock % 4 else 0
        frames = np.full((self.num_envs, 210, 160, 3), 7, np.uint8)
        return Moment(pictures, np.full(self.num_envs, self.clock % 4 == 0), frames)

    def step(self, actions):
        self.clock += 1
        ended = np.full(self.num_envs, self.clock % 4 == 0)
        return Transition(np.zeros(self.num_envs, np.float32), ended, np.zeros_like(ended), self.observe())

    def get_state(self):
        return [bytes([self.clock])] * self.num_envs

    def set_state(self, states):
        self.clock = states[0][0]

    def close(self):
        self.closed = True


def play(environment, steps):
    moments, hints = [environment.observe()], []
    for _ in range(steps):
        transition = environment.step(np.zeros(3, int))
        moments.append(transition.next)
        hints.append(transition.infos["hint"])
    return moments, hints


def test_marks_are_where_they_were_published():
    picture = np.full((1, 210, 160, 3), 9, np.uint8)
    draw_hints(picture, np.array([2]), 6)
    expected = np.full((210, 160, 3), 9, np.uint8)
    for action in range(6):
        expected[37:41, 72 + 5 * action] = 250 if action == 2 else 50
    assert_array_equal(picture[0], expected)
    assert hint_box(210, 160, 6) == (slice(37, 41), slice(72, 98))


@pytest.mark.parametrize("size, actions, box", [((420, 320), 2, (slice(74, 82), slice(144, 156))), ((64, 64), 15, (slice(11, 13), slice(29, 58))), ((84, 84), 18, (slice(14, 17), slice(32, 84)))])
def test_marks_elsewhere_are_in_proportion_and_fit(size, actions, box):
    assert hint_box(*size, actions) == box
    picture = np.zeros((1, *size, 1), np.uint8)
    draw_hints(picture, np.array([1]), actions)
    assert picture[0, box[0], box[1]].sum() == picture.sum()
    # One bright mark, and dark columns between all of them.
    levels = picture[0, box[0].start, box[1], 0]
    runs = np.flatnonzero(np.diff(np.concatenate([[0], levels > 0, [0]]).astype(int)) == 1)
    assert len(runs) == actions and (levels[runs] == 250).tolist() == [action == 1 for action in range(actions)]


def test_no_hint_leaves_the_picture_alone():
    picture = np.full((1, 210, 160, 3), 9, np.uint8)
    draw_hints(picture, np.array([-1]), 6)
    assert (picture == 9).all()


def test_each_frame_of_a_stack_keeps_its_hint():
    environment = HintEnvironment(Counting(), RandomHints(3, 4, 5), frame_stack=2)
    moments, hints = play(environment, 5)
    plain = Counting()
    plain.clock = 3
    expected = plain.observe().observations.copy()
    draw_hints(expected[..., :1], hints[1], 4)
    draw_hints(expected[..., 1:], hints[2], 4)
    assert_array_equal(moments[3].observations, expected)
    # At an episode's start the older frame is empty.
    assert (moments[4].observations[..., 0] == 0).all() and moments[4].firsts.all()
    assert_array_equal(np.unique(moments[3].frames[0, 37:41, 72:88:5]), [50, 250])
    assert environment.observe() is moments[-1]


def test_random_hints_are_of_the_seed_alone():
    hints = [np.concatenate(play(HintEnvironment(Counting(), RandomHints(3, 4, seed)), 40)[1]) for seed in (5, 5, 6)]
    assert_array_equal(hints[0], hints[1])
    assert not np.array_equal(hints[0], hints[2])
    assert np.bincount(hints[0], minlength=4).min() > 10


def test_it_goes_on_from_a_saved_state():
    environment = HintEnvironment(Counting(), RandomHints(3, 4, 5), frame_stack=2)
    play(environment, 2)
    saved = environment.get_state()
    expected = [moment.observations for moment in play(environment, 4)[0]]
    environment.set_state(saved)
    assert_array_equal([moment.observations for moment in play(environment, 4)[0]], expected)
    with pytest.raises(EnvironmentFailure, match="no saved state"):
        environment.set_state([b"x"] * 3)


def test_what_cannot_hold_hints_is_refused():
    with pytest.raises(EnvironmentFailure, match="float32"):
        HintEnvironment(Counting(dtype=np.float32), RandomHints(3, 4, 0))
    with pytest.raises(EnvironmentFailure, match="stack of 3"):
        HintEnvironment(Counting(), RandomHints(3, 4, 0), frame_stack=3)
    with pytest.raises(EnvironmentFailure, match="no room for hints of 6"):
        hint_box(8, 8, 6)
    inner = Counting()
    HintEnvironment(inner, RandomHints(3, 4, 0)).close()
    assert inner.closed
