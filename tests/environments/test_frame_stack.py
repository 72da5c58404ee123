import numpy as np
import pytest

from rlvis.environments import EnvironmentSpecification, Moment, Transition, VectorEnvironment, make_environment
from rlvis.environments.frame_stack import FrameStackEnvironment, stack_frames
from rlvis.errors import EnvironmentFailure


class Script(VectorEnvironment):
    """Two environments that show (step, 10 + step); the second begins anew at every third step."""

    num_envs, num_actions, action_names, observation_shape, notes, supports_state = 2, 1, ("GO",), (1, 1, 1), ("a note",), True
    step_number, closed = 0, False

    def observe(self):
        firsts = np.array([self.step_number == 0, self.step_number % 3 == 0])
        return Moment(np.array([self.step_number, 10 + self.step_number], np.uint8).reshape(2, 1, 1, 1), firsts)

    def step(self, actions):
        self.step_number += 1
        moment = self.observe()
        return Transition(np.zeros(2, np.float32), moment.firsts, np.zeros(2, bool), moment, {"kept": actions})

    def get_state(self):
        return [bytes([self.step_number])] * 2

    def set_state(self, states):
        self.step_number = states[0][0]

    def close(self):
        self.closed = True


def test_the_latest_pictures_are_stacked_within_an_episode():
    environment = FrameStackEnvironment(Script(), 3)
    assert environment.observation_shape == (1, 1, 3) and environment.notes == ("a note",) and environment.action_names == ("GO",)
    shown = [environment.observe().observations[:, 0, 0].tolist()]
    for _ in range(4):
        transition = environment.step(np.zeros(2, int))
        shown.append(transition.next.observations[:, 0, 0].tolist())
    assert shown == [[[0, 0, 0], [0, 0, 10]], [[0, 0, 1], [0, 10, 11]], [[0, 1, 2], [10, 11, 12]], [[1, 2, 3], [0, 0, 13]], [[2, 3, 4], [0, 13, 14]]]
    assert "kept" in transition.infos
    transition.next.observations[:] = 99
    assert environment.observe().observations.max() == 14


def test_state_holds_the_stack():
    environment = FrameStackEnvironment(Script(), 2)
    environment.step(np.zeros(2, int))
    states, before = environment.get_state(), environment.observe().observations
    after = environment.step(np.zeros(2, int)).next.observations
    environment.set_state(states)
    assert np.array_equal(environment.observe().observations, before)
    assert np.array_equal(environment.step(np.zeros(2, int)).next.observations, after)
    with pytest.raises(EnvironmentFailure, match="no saved state of an environment with stacked frames"):
        environment.set_state([b"x", b"y"])


def test_one_picture_is_no_stack_and_none_is_refused():
    script = Script()
    assert stack_frames(script, 1) is script
    with pytest.raises(EnvironmentFailure, match="frame_stack must be a whole number from 1 to 256, got 0"):
        stack_frames(script, 0)
    assert script.closed


def test_procgen_takes_it_as_an_option():
    specification = EnvironmentSpecification("procgen", "maze", {"frame_stack": 2, "distribution_mode": "easy"})
    with make_environment(specification, 1, 0, human_frames=True) as environment:
        first = environment.observe().observations
        second = environment.step(np.array([7])).next
        assert second.observations.shape == (1, 64, 64, 6) and second.frames.shape == (1, 512, 512, 3)
        assert np.array_equal(second.observations[..., :3], first[..., 3:])
        states, after = environment.get_state(), environment.step(np.array([5])).next.observations
        environment.set_state(states)
        assert np.array_equal(environment.step(np.array([5])).next.observations, after)
