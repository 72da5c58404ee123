import gymnasium
import numpy as np
import pytest
from ale_py.vector_env import AtariVectorEnv
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

from rlvis.environments import EnvironmentSpecification, make_environment, register_environment
from rlvis.environments.gymnasium_adapter import GymnasiumEnvironment, adapt_environments
from rlvis.errors import EnvironmentFailure


class Counter(gymnasium.Env):
    """Shows (episode, steps taken in it); action 0 ends the episode, action 1 cuts it, action 2 goes on and pays 2."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 1}

    def __init__(self, shape=(2, 3, 1), render_mode=None, start=0):
        self.observation_space = gymnasium.spaces.Box(0, 255, shape, np.uint8)
        self.action_space = gymnasium.spaces.Discrete(3, start=start)
        self.start, self.render_mode, self.episode, self.count = start, render_mode, -1, 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.episode, self.count = self.episode + 1, 0
        return self._observation(), {}

    def step(self, action):
        self.count += 1
        meaning = action - self.start
        return self._observation(), 2.0 * (meaning == 2), bool(meaning == 0), bool(meaning == 1), {"count": self.count}

    def _observation(self):
        observation = np.zeros(self.observation_space.shape, np.uint8)
        observation.flat[:2] = self.episode, self.count
        return observation

    def render(self):
        return np.full((4, 5, 3), self.count, np.uint8)


ACTIONS = np.array([[2, 2], [0, 2], [2, 1], [0, 0], [2, 2], [0, 2], [0, 0]])
# What two counters must show under those actions: (episode, count) before the first and after each action.
SHOWN = [[(0, 0), (0, 0)], [(0, 1), (0, 1)], [(1, 0), (0, 2)], [(1, 1), (1, 0)], [(2, 0), (2, 0)], [(2, 1), (2, 1)], [(3, 0), (2, 2)], [(4, 0), (3, 0)]]


# The processes of AsyncVectorEnv are forked, which Python and JAX warn of; they only count here.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning", "ignore:.*fork:RuntimeWarning")
@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("vector", [SyncVectorEnv, AsyncVectorEnv])
def test_no_idle_step_is_visible_in_any_mode(vector, mode):
    with GymnasiumEnvironment(vector([Counter, Counter], autoreset_mode=mode), 0) as environment:
        first = environment.observe()
        assert first.firsts.all()
        shown, transitions = [first.observations[:, 0, :2, 0].tolist()], []
        for actions in ACTIONS:
            transitions.append(environment.step(actions))
            shown.append(transitions[-1].next.observations[:, 0, :2, 0].tolist())
    assert shown == [[list(pair) for pair in pairs] for pairs in SHOWN]
    assert np.array_equal([transition.rewards for transition in transitions], 2 * (ACTIONS == 2))
    assert np.array_equal([transition.terminated for transition in transitions], ACTIONS == 0)
    assert np.array_equal([transition.truncated for transition in transitions], ACTIONS == 1)
    assert np.array_equal([transition.next.firsts for transition in transitions], ACTIONS < 2)


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_ale_pys_own_vector_environment_fits(mode):
    """Games of 20 steps at most, so that all end at once; the first picture of a game is a stack with nothing before it."""
    games = AtariVectorEnv("pong", 2, autoreset_mode=mode, max_num_frames_per_episode=80, noop_max=0, use_fire_reset=False)
    with GymnasiumEnvironment(games, 0) as environment:
        assert environment.observation_shape == (84, 84, 4) and environment.num_actions == 6
        first = environment.observe().observations
        transitions = [environment.step(np.array([2, 3])) for _ in range(45)]
    assert [step for step, transition in enumerate(transitions) if transition.truncated.all()] == [19, 39]
    assert not any(transition.terminated.any() for transition in transitions)
    assert np.array_equal(transitions[19].next.observations, first) and not first[..., :3].any()
    assert transitions[20].next.observations[..., 2].any() and not transitions[20].next.firsts.any()


def test_single_environments_with_a_time_limit_and_frames():
    with adapt_environments(lambda: Counter(render_mode="rgb_array"), 2, 0, time_limit=3, human_frames=True) as environment:
        assert environment.num_envs == 2 and environment.action_names == ("ACTION 0", "ACTION 1", "ACTION 2")
        transitions = [environment.step(np.array([2, 2])) for _ in range(4)]
    assert [transition.truncated.tolist() for transition in transitions] == [[False] * 2, [False] * 2, [True] * 2, [False] * 2]
    assert [int(transition.next.frames[1, 0, 0, 0]) for transition in transitions] == [1, 2, 0, 1]
    assert transitions[0].next.frames.shape == (2, 4, 5, 3)


@pytest.mark.parametrize(
    ("shape", "channels_first", "expected"),
    [((4, 8), None, (4, 8, 1)), ((8, 9, 4), None, (8, 9, 4)), ((4, 8, 9), None, (8, 9, 4)), ((3, 3, 3), None, (3, 3, 3)), ((4, 8, 3), True, (8, 3, 4)), ((2, 8, 9, 3), None, (8, 9, 6))],
)
def test_pictures_come_with_channels_last(shape, channels_first, expected):
    with adapt_environments(lambda: Counter(shape), 1, 0, channels_first=channels_first) as environment:
        observations = environment.step(np.array([2])).next.observations
        assert environment.observation_shape == expected and observations.shape == (1, *expected) and observations.dtype == np.uint8
        assert observations.sum() == 1


def test_stacked_colour_pictures_stay_together():
    class Stacked(Counter):
        def _observation(self):
            return np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)

    with adapt_environments(lambda: Stacked((2, 4, 5, 3)), 1, 0) as environment:
        picture = environment.observe().observations[0]
        assert np.array_equal(picture[..., :3], Stacked((2, 4, 5, 3))._observation()[0])


def test_actions_may_start_elsewhere():
    with adapt_environments(lambda: Counter(start=5), 1, 0, action_names=["END", "CUT", "GO"]) as environment:
        assert environment.step(np.array([2])).rewards[0] == 2 and environment.action_names == ("END", "CUT", "GO")
        with pytest.raises(EnvironmentFailure, match="from 0 to 2"):
            environment.step(np.array([5]))


def test_moments_are_the_callers_own():
    with adapt_environments(Counter, 1, 0) as environment:
        moment = environment.step(np.array([2])).next
        moment.observations[:] = 9
        assert environment.observe().observations.max() == 1


def test_unusable_environments_are_refused():
    class Words(Counter):
        def __init__(self):
            super().__init__()
            self.observation_space = gymnasium.spaces.Discrete(4)

    class Steering(Counter):
        def __init__(self):
            super().__init__()
            self.action_space = gymnasium.spaces.Box(-1, 1, (2,))

    class Foreign(SyncVectorEnv.__mro__[1]):
        num_envs = 1
        metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}

    class Silent(Foreign):
        metadata = {}

    with pytest.raises(EnvironmentFailure, match="expected pictures"):
        adapt_environments(Words, 1, 0)
    with pytest.raises(EnvironmentFailure, match=r"expected numbered \(discrete\) actions"):
        adapt_environments(Steering, 1, 0)
    with pytest.raises(EnvironmentFailure, match="Foreign resets in the step after"):
        GymnasiumEnvironment(Foreign(), 0)
    with pytest.raises(EnvironmentFailure, match="does not say how it resets"):
        GymnasiumEnvironment(Silent(), 0)
    with pytest.raises(EnvironmentFailure, match="render_mode='rgb_array', this one has None"):
        adapt_environments(Counter, 1, 0, human_frames=True)
    with pytest.raises(EnvironmentFailure, match="3 actions, but 1 action names"):
        adapt_environments(Counter, 1, 0, action_names=["GO"])
    with pytest.raises(EnvironmentFailure, match="time_limit must be a whole number from 1"):
        adapt_environments(Counter, 1, 0, time_limit=0)


def test_closed_environment_says_so():
    environment = adapt_environments(Counter, 1, 0)
    environment.close()
    environment.close()
    with pytest.raises(EnvironmentFailure, match="closed"):
        environment.step(np.array([2]))


def test_a_registered_gymnasium_environment_is_made_by_its_id():
    gymnasium.register("rlvis-test/Counter-v0", entry_point=Counter)
    specification = EnvironmentSpecification("gymnasium", "rlvis-test/Counter-v0", {"time_limit": 2, "shape": (3, 4, 8), "action_names": ["END", "CUT", "GO"]})
    with make_environment(specification, 2, 0, human_frames=True) as environment:
        assert environment.observation_shape == (4, 8, 3) and environment.action_names[2] == "GO"
        assert environment.step(np.array([2, 2])).next.frames is not None
        assert environment.step(np.array([2, 2])).truncated.all()
    with pytest.raises(EnvironmentFailure, match="Gymnasium cannot make rlvis-test/Countr-v0"):
        make_environment(EnvironmentSpecification("gymnasium", "rlvis-test/Countr-v0"), 1, 0)
    with pytest.raises(EnvironmentFailure, match="would import a module"):
        make_environment(EnvironmentSpecification("gymnasium", "os:Counter-v0"), 1, 0)


def test_a_users_own_environment_plugs_in_through_the_adapter():
    register_environment("counter", lambda specification, num_envs, seed, human_frames=False, **_: adapt_environments(Counter, num_envs, seed))
    with make_environment(EnvironmentSpecification("counter", "any"), 3, 0) as environment:
        assert environment.step(np.array([0, 1, 2])).dones.tolist() == [True, True, False]
