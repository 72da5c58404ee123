import json

import numpy as np
import pytest

from rlvis.environments import EnvironmentSpecification, Moment, Transition, VectorEnvironment, action_names, environment_notes, make_environment, register_environment
from rlvis.environments import specification as specification_module
from rlvis.errors import EnvironmentFailure


class Blank(VectorEnvironment):
    observation_shape = (2, 2, 1)
    num_actions = 2
    action_names = ("STAY", "GO")

    def __init__(self, num_envs):
        self.num_envs = num_envs

    def observe(self):
        return Moment(np.zeros((self.num_envs, 2, 2, 1), np.uint8), np.ones(self.num_envs, bool))

    def step(self, actions):
        ends = np.array([True, False, True])
        return Transition(np.zeros(3, np.float32), ends, np.array([False, False, True]), self.observe())

    def close(self):
        pass


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(specification_module, "_REGISTERED", {})
    register_environment("blank", lambda specification, num_envs, seed, **_: Blank(num_envs))


def test_round_trip_through_json():
    specification = EnvironmentSpecification("procgen", "coinrun", {"num_levels": 5})
    again = EnvironmentSpecification.from_json(json.loads(json.dumps(specification.to_json())))
    assert again == specification and hash(again) == hash(specification)
    assert again != EnvironmentSpecification("procgen", "coinrun")
    assert EnvironmentSpecification.from_json({"kind": "atari", "name": "pong"}).options == {}


@pytest.mark.parametrize("value", [None, {}, {"kind": "atari"}, {"kind": 3, "name": "pong"}, {"kind": "atari", "name": "pong", "options": [1]}])
def test_what_is_no_description_is_refused(value):
    with pytest.raises(EnvironmentFailure, match="kind, name and options"):
        EnvironmentSpecification.from_json(value)


def test_options_that_are_no_plain_values_are_refused():
    with pytest.raises(EnvironmentFailure, match="cannot be written as JSON"):
        EnvironmentSpecification("custom", "mine", {"function": len}).to_json()


def test_options_are_a_copy():
    options = {"num_levels": 5}
    specification = EnvironmentSpecification("procgen", "coinrun", options)
    options["num_levels"] = 6
    assert specification.options == {"num_levels": 5}


def test_a_users_own_kind(registered):
    specification = EnvironmentSpecification("blank", "any")
    environment = make_environment(specification, 3, 0)
    assert environment.num_envs == 3
    assert action_names(specification) == ("STAY", "GO")
    assert environment_notes(specification) == ()
    assert environment.step(np.zeros(3, int)).dones.tolist() == [True, False, True]
    with pytest.raises(EnvironmentFailure, match="Blank cannot save its state"):
        environment.get_state()
    with pytest.raises(EnvironmentFailure, match="Blank cannot restore a state"):
        environment.set_state([])


def test_an_object_without_the_interface_is_refused(registered):
    register_environment("wrong", lambda *_, **__: object())
    with pytest.raises(EnvironmentFailure, match="its type object has no num_envs, observation_shape"):
        make_environment(EnvironmentSpecification("wrong", "any"), 1, 0)


def test_unknown_kinds_suggest_the_nearest(registered):
    with pytest.raises(EnvironmentFailure, match="no environment of kind 'prcgen'; did you mean 'procgen'"):
        make_environment(EnvironmentSpecification("prcgen", "coinrun"), 1, 0)
    with pytest.raises(EnvironmentFailure, match="there are procgen, atari, gymnasium, hint, blank; others are added by"):
        action_names(EnvironmentSpecification("zzzzz", "coinrun"))
