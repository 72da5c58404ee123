"""Atari against an independent chain of the wrappers that agents were trained under."""

import subprocess
import sys

import ale_py
import numpy as np
import pytest
from ale_py import roms

from rlvis.environments import EnvironmentSpecification, action_names, make_environment
from rlvis.environments import atari
from rlvis.environments.atari import AtariEnvironment, default_processes, game_seed
from rlvis.environments.preprocessing import PRESETS, preprocess
from rlvis.errors import EnvironmentFailure


class Raw:
    """The emulator, frame by frame."""

    def __init__(self, game, seed):
        ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
        self.ale = ale_py.ALEInterface()
        self.ale.setInt("random_seed", seed)
        self.ale.setFloat("repeat_action_probability", 0.0)
        self.ale.loadROM(roms.get_rom_path(game))
        self.actions = self.ale.getMinimalActionSet()

    def reset(self):
        self.ale.reset_game()
        return self.ale.getScreenRGB()

    def step(self, action):
        reward = self.ale.act(self.actions[action])
        return self.ale.getScreenRGB(), reward, self.ale.game_over()


class Wrapper:
    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


class IdleFrames(Wrapper):
    def __init__(self, inner, generator, most):
        super().__init__(inner)
        self.generator, self.most = generator, most

    def reset(self):
        picture = self.inner.reset()
        for _ in range(self.generator.integers(1, self.most + 1)):
            picture, _, over = self.inner.step(0)
            if over:
                picture = self.inner.reset()
        return picture


class SkipAndPool(Wrapper):
    def step(self, action):
        total, last_two = 0.0, []
        for _ in range(4):
            picture, reward, over = self.inner.step(action)
            total += reward
            last_two = [*last_two, picture][-2:]
            if over:
                break
        return np.max(last_two, axis=0), total, over


class LifeIsEpisode(Wrapper):
    def __init__(self, inner):
        super().__init__(inner)
        self.lives, self.really_over = 0, True

    def step(self, action):
        picture, reward, over = self.inner.step(action)
        self.really_over = over
        over = over or 0 < self.ale.lives() < self.lives
        self.lives = self.ale.lives()
        return picture, reward, over

    def reset(self):
        picture = self.inner.reset() if self.really_over else self.inner.step(0)[0]
        self.lives = self.ale.lives()
        return picture


class FireFirst(Wrapper):
    def reset(self):
        self.inner.reset()
        for action in (1, 2):
            picture, _, over = self.inner.step(action)
            if over:
                self.inner.reset()
        return picture


def play_wrapped(game, seed, actions, episodic_life):
    chain = SkipAndPool(IdleFrames(Raw(game, seed), np.random.default_rng(seed), 30))
    chain = FireFirst(LifeIsEpisode(chain) if episodic_life else chain)
    stack = np.zeros((84, 84, 4), np.uint8)

    def show(picture, first):
        nonlocal stack
        stack = np.roll(np.where(first, 0, stack), -1, -1).astype(np.uint8)
        stack[..., -1] = preprocess(picture, PRESETS["deepmind"])[..., 0]
        return stack.copy()

    steps = [(show(chain.reset(), True), 0.0, True)]
    for action in actions:
        picture, reward, over = chain.step(action)
        steps.append((show(chain.reset() if over else picture, over), reward, over))
    return [np.array(column) for column in zip(*steps, strict=True)]


@pytest.mark.parametrize("episodic_life", [False, True])
def test_games_go_as_under_the_wrappers(episodic_life):
    actions = np.random.default_rng(3).integers(0, 4, (380, 2))
    with AtariEnvironment("breakout", 2, 7, {"episodic_life": episodic_life}) as environment:
        moments, transitions = [environment.observe()], []
        for action in actions:
            transitions.append(environment.step(action))
            moments.append(transitions[-1].next)
    for env in range(2):
        observations, rewards, firsts = play_wrapped("breakout", game_seed(7, env), actions[:, env], episodic_life)
        assert firsts[1:].sum() >= (5 if episodic_life else 1)
        assert np.array_equal([moment.firsts[env] for moment in moments], firsts)
        assert np.array_equal([transition.dones[env] for transition in transitions], firsts[1:])
        assert np.array_equal([transition.rewards[env] for transition in transitions], rewards[1:])
        assert np.array_equal([moment.observations[env] for moment in moments], observations)


def test_lost_lives_and_ended_games_are_told_apart():
    with AtariEnvironment("breakout", 1, 1, {"episodic_life": True}) as environment:
        transitions = [environment.step(np.array([step % 4])) for step in range(300)]
    ends = [transition for transition in transitions if transition.terminated[0]]
    assert [int(transition.infos["lives"][0]) for transition in ends[:5]] == [4, 3, 2, 1, 0]
    assert [bool(transition.infos["game_over"][0]) for transition in ends[:5]] == [False] * 4 + [True]
    assert not any(transition.infos["game_over"][0] for transition in transitions if not transition.terminated[0])


def test_rewards_are_the_games_own():
    with AtariEnvironment("space_invaders", 2, 0) as environment:
        rewards = np.concatenate([environment.step(np.array([1, 4])).rewards for _ in range(250)])
    assert rewards.dtype == np.float32 and {0.0, 5.0, 10.0, 15.0} <= set(rewards)


def test_a_frame_limit_cuts_games():
    with AtariEnvironment("pong", 1, 0, {"frame_limit": 100}) as environment:
        transitions = [environment.step(np.array([0])) for _ in range(60)]
    cut = [step for step, transition in enumerate(transitions) if transition.truncated[0]]
    assert len(cut) >= 2 and 15 < np.diff(cut).max() <= 25
    for step in cut:
        assert transitions[step].next.firsts[0] and not transitions[step].terminated[0] and not transitions[step].infos["game_over"][0]


def record(num_envs, seed, num_steps=25, game="pong", num_processes=0, **options):
    actions = np.random.default_rng(1).integers(0, 6, (num_steps, 4))[:, :num_envs]
    with AtariEnvironment(game, num_envs, seed, options, num_processes=num_processes) as environment:
        return np.stack([environment.observe().observations, *(environment.step(action).next.observations for action in actions)])


@pytest.mark.parametrize("options", [{}, {"frame_skip": [2, 4], "repeat_action_probability": 0.25}])
def test_same_seed_same_bytes(options):
    reference = record(2, 5, **options)
    assert np.array_equal(record(2, 5, **options), reference)
    assert np.array_equal(record(3, 5, **options)[:, :2], reference)
    assert not np.array_equal(record(2, 6, **options), reference)


def test_games_in_processes_of_their_own_are_the_same():
    with AtariEnvironment("breakout", 3, 5, human_frames=True) as here, AtariEnvironment("breakout", 3, 5, human_frames=True, num_processes=2) as there:
        assert there.observation_shape == here.observation_shape and there.action_names == here.action_names
        for step in range(20):
            transitions = [environment.step(np.array([step % 4, 2, 3])) for environment in (here, there)]
            one, two = (vars(transition) | vars(transition.next) | transition.infos for transition in transitions)
            assert all(np.array_equal(one[name], two[name]) and one[name].dtype == two[name].dtype for name in one if isinstance(one[name], np.ndarray))
        states = here.get_state()
        assert there.get_state() == states
        here.step(np.array([0, 0, 0]))
        with pytest.raises(EnvironmentFailure, match="damaged"):
            there.set_state([states[0][:-1], states[1], states[2]])
        there.set_state(states)
        assert there.get_state() == states
    with pytest.raises(EnvironmentFailure, match="closed"):
        there.observe()


def test_failures_in_another_process_are_told():
    with pytest.raises(EnvironmentFailure, match="pong has no mode 99"):
        AtariEnvironment("pong", 2, 0, {"mode": 99}, num_processes=2)
    with AtariEnvironment("pong", 2, 0, num_processes=2) as environment:
        environment._batches[1]._process.kill()
        with pytest.raises(EnvironmentFailure, match="a process with Atari emulators has ended"):
            environment.step(np.array([0, 0]))


def test_default_processes_fit_the_number_of_games(monkeypatch):
    monkeypatch.setattr(atari, "available_processors", lambda: 6)
    assert [default_processes(count) for count in (1, 4, 7, 8, 16, 64)] == [0, 0, 0, 2, 4, 6]
    monkeypatch.setattr(atari, "available_processors", lambda: 1)
    assert default_processes(64) == 0


def test_sticky_actions_change_the_game():
    assert not np.array_equal(record(1, 5), record(1, 5, repeat_action_probability=0.25))


def test_human_frames_are_what_the_observation_was_made_from():
    with AtariEnvironment("pong", 2, 0, human_frames=True) as environment:
        for _ in range(3):
            moment = environment.step(np.array([2, 3])).next
        assert moment.frames.shape == (2, 210, 160, 3) and moment.frames.dtype == np.uint8
        assert np.array_equal(preprocess(moment.frames, PRESETS["deepmind"])[..., 0], moment.observations[..., -1])
    with AtariEnvironment("pong", 1, 0) as environment:
        assert environment.observe().frames is None


def test_the_environment_of_greydanus_and_others():
    """SpaceInvaders-v4: two to four frames a step, one stretched grey picture of 80×80, no idle frames."""
    specification = EnvironmentSpecification("atari", "SpaceInvaders-v4", {"preprocessing": "baby_a3c"})
    with make_environment(specification, 2, 3) as environment:
        assert environment.observation_shape == (80, 80, 1)
        assert environment.options.frame_skip == (2, 4) and environment.options.noop_max == 0
        moment = environment.step(np.array([0, 0])).next
        assert moment.observations.shape == (2, 80, 80, 1) and moment.observations.max() > 200


def test_a_recorded_game_shows_the_pictures_of_the_published_agent(shared):
    """The first picture of Space Invaders is the same wherever it is started from."""
    with np.load(shared / "models" / "atari-spaceinvaders-a3cgru-babya3c" / "golden.npz") as golden:
        picture, observation = golden["raw_frame"][0], golden["obs"][0, 0]
    with AtariEnvironment("SpaceInvaders-v4", 1, 0, {"preprocessing": "baby_a3c"}, human_frames=True) as environment:
        moment = environment.observe()
        assert np.array_equal(moment.frames[0], picture)
        assert np.array_equal(moment.observations[0, ..., 0], np.rint(observation * 255))


def test_action_names_are_the_emulators():
    assert action_names(EnvironmentSpecification("atari", "PongNoFrameskip-v4")) == ("NOOP", "FIRE", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE")
    every = action_names(EnvironmentSpecification("atari", "pong", {"full_action_space": True}))
    assert len(every) == 18 and every[:3] == ("NOOP", "FIRE", "UP") and every[-1] == "DOWNLEFTFIRE"


def test_games_without_fire_start_without_it():
    with AtariEnvironment("freeway", 1, 0) as environment:
        assert environment.action_names == ("NOOP", "UP", "DOWN") and environment.observe().firsts.all()


def test_state_round_trip_also_into_another_environment():
    actions = np.random.default_rng(2).integers(0, 4, (60, 2))
    options = {"episodic_life": True, "repeat_action_probability": 0.25, "frame_skip": [2, 4]}
    with AtariEnvironment("breakout", 2, 5, options, human_frames=True) as environment, AtariEnvironment("breakout", 2, 6, options, human_frames=True) as other:
        for action in actions[:20]:
            environment.step(action)
        states, moment = environment.get_state(), environment.observe()
        expected = [environment.step(action) for action in actions]
        for restored in (environment, other):
            restored.set_state(states)
            again = restored.observe()
            assert np.array_equal(again.observations, moment.observations) and np.array_equal(again.frames, moment.frames) and np.array_equal(again.firsts, moment.firsts)
            for action, one in zip(actions, expected, strict=True):
                two = restored.step(action)
                assert np.array_equal(one.next.observations, two.next.observations) and np.array_equal(one.next.frames, two.next.frames)
                assert np.array_equal(one.rewards, two.rewards) and np.array_equal(one.infos["lives"], two.infos["lives"])


def test_foreign_states_are_refused_before_anything_changes():
    with AtariEnvironment("pong", 2, 0) as pong, AtariEnvironment("breakout", 1, 0) as breakout, AtariEnvironment("pong", 1, 0, {"preprocessing": "raw"}) as raw:
        before = pong.get_state()
        pong.step(np.array([2, 2]))
        now = pong.get_state()
        for bad, message in ((breakout.get_state()[0], "another game"), (raw.get_state()[0], "another preprocessing"), (before[0][:-1], "damaged")):
            with pytest.raises(EnvironmentFailure, match=message):
                pong.set_state([before[0], bad])
            assert pong.get_state() == now
        with pytest.raises(EnvironmentFailure, match="expected 2 states, got 1"):
            pong.set_state(before[:1])


@pytest.mark.parametrize(
    ("game", "options", "message"),
    [
        ("Breakot", {}, "did you mean 'breakout'"),
        ("pong", {"mode": 99}, "pong has no mode 99; there are 0"),
        ("pong", {"difficulty": 99}, "pong has no difficulty 99"),
        ("pong", {"preprocessing": {"crop": [0, 300, 0, 160]}}, "not inside pictures"),
    ],
)
def test_what_a_game_does_not_have_is_refused(game, options, message):
    with pytest.raises(EnvironmentFailure, match=message):
        AtariEnvironment(game, 1, 0, options)


def test_wrong_actions_and_closed_environments_are_refused():
    environment = AtariEnvironment("pong", 1, 0)
    with pytest.raises(EnvironmentFailure, match="from 0 to 5"):
        environment.step(np.array([6]))
    environment.close()
    environment.close()
    with pytest.raises(EnvironmentFailure, match="closed"):
        environment.observe()


def test_the_emulator_says_nothing():
    code = "from rlvis.environments.atari import AtariEnvironment; AtariEnvironment('pong', 1, 0)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert answer.stdout == answer.stderr == ""
