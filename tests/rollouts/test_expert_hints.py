import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.checkpoints import Checkpoint, save
from rlvis.environments import EnvironmentSpecification, Moment, Transition, VectorEnvironment, action_names, make_environment, register_environment
from rlvis.environments.hints import draw_hints
from rlvis.errors import EnvironmentFailure
from rlvis.networks.stack import Recurrence, StackDescription, build_stack, initialize
from rlvis.rollouts.expert_hints import hint_environment
from rlvis.rollouts.action_noise import policy_keys
from rlvis.rollouts.policy import Policy

GAME = EnvironmentSpecification("noise", "noise")
HINTED = {"hint": "expert"}


class Noise(VectorEnvironment):
    """Random pictures of 12 × 12 that depend on the clock alone; episodes of five steps."""

    num_actions, action_names, observation_shape, supports_state = 3, tuple("abc"), (12, 12, 1), True

    def __init__(self, specification, num_envs, seed, human_frames=False, num_threads=None):
        self.num_envs, self.clock = num_envs, 0

    def observe(self):
        pictures = np.random.default_rng(self.clock).integers(0, 256, (self.num_envs, 12, 12, 1), np.uint8)
        return Moment(pictures, np.full(self.num_envs, self.clock % 5 == 0))

    def step(self, actions):
        self.clock += 1
        ended = np.full(self.num_envs, self.clock % 5 == 0)
        return Transition(np.zeros(self.num_envs, np.float32), ended, np.zeros_like(ended), self.observe())

    def get_state(self):
        return [bytes([self.clock])] * self.num_envs

    def set_state(self, states):
        self.clock = states[0][0]

    def close(self):
        pass


@pytest.fixture(scope="module")
def expert(tmp_path_factory):
    """A recurrent agent: its path and itself."""
    import jax

    register_environment("noise", Noise, lambda specification: Noise.action_names)
    description = StackDescription((12, 12, 1), 3, (Recurrence("memory", 5, "lstm"),))
    parameters = jax.tree.map(lambda leaf: np.asarray(leaf), initialize(description, jax.random.key(0)))
    parameters["policy"]["kernel"] = np.random.default_rng(1).standard_normal((5, 3)).astype(np.float32)
    agent = Checkpoint(build_stack(description), parameters, GAME, Noise.action_names)
    path = tmp_path_factory.mktemp("expert") / "expert.safetensors"
    save(path, agent)
    return str(path), agent


def play(environment, steps):
    moments = [environment.observe()]
    for _ in range(steps):
        moments.append(environment.step(np.zeros(environment.num_envs, int)).next)
    return np.stack([moment.observations for moment in moments])


def test_hints_are_what_the_expert_does_without_them(expert):
    import jax

    path, agent = expert
    specification = hint_environment(GAME, {**HINTED, "expert": path})
    assert action_names(specification) == ("a", "b", "c")
    shown = play(make_environment(specification, 2, 0), 11)
    plain, policy = Noise(None, 2, 0), Policy(agent.network, agent.parameters, policy_keys(3, 2), greedy=True)
    moment, chosen = plain.observe(), []
    for step in range(12):
        hints = policy.act(moment.observations, moment.firsts, step).actions
        expected = moment.observations.copy()
        draw_hints(expected, hints, 3)
        assert_array_equal(shown[step], expected)
        chosen.append(hints)
        moment = plain.step(np.zeros(2, int)).next
    assert len(np.unique(chosen)) > 1


def test_the_expert_goes_on_from_a_saved_state(expert):
    environment = make_environment(hint_environment(GAME, {**HINTED, "expert": expert[0]}), 2, 0)
    play(environment, 3)
    saved = environment.get_state()
    expected = play(environment, 6)
    environment.set_state(saved)
    assert_array_equal(play(environment, 6), expected)
    random = make_environment(hint_environment(GAME, {"hint": "random"}), 2, 0)
    with pytest.raises(EnvironmentFailure, match="of this expert"):
        environment.set_state(random.get_state())


def test_random_hints_need_no_expert(expert):
    specification = hint_environment(GAME, {"hint": "random"})
    first, again, other = (play(make_environment(specification, 2, seed), 8) for seed in (0, 0, 1))
    assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("options, message", [({"hint": "maybe"}, "one of expert, random"), ({"hint": "expert"}, "goes with hint=expert"), ({"hint": "random", "expert": "x"}, "only with that"), ({"hint": "random", "color": 1}, "takes the options")])
def test_options_that_do_not_go_together(expert, options, message):
    with pytest.raises(EnvironmentFailure, match=message):
        make_environment(hint_environment(GAME, options), 1, 0)


def test_an_expert_of_another_game_is_refused(expert):
    class Wide(Noise):
        observation_shape = (12, 14, 1)

        def observe(self):
            return Moment(np.zeros((self.num_envs, 12, 14, 1), np.uint8), np.ones(self.num_envs, bool))

    register_environment("wide", Wide)
    with pytest.raises(EnvironmentFailure, match=r"sees \(12, 12, 1\)"):
        make_environment(hint_environment(EnvironmentSpecification("wide", "wide"), {**HINTED, "expert": expert[0]}), 1, 0)
