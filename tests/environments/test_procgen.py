import subprocess
import sys

import numpy as np
import pytest

from rlvis.environments import EnvironmentSpecification, action_names, environment_notes, make_environment
from rlvis.environments.actions import PROCGEN_ACTIONS
from rlvis.environments.procgen import ProcgenEnvironment, default_threads
from rlvis.environments.procgen_options import EXPLORATION_LEVELS, GAMES
from rlvis.errors import EnvironmentFailure

RIGHT = PROCGEN_ACTIONS.index("RIGHT")


def play(environment, num_steps, actions=None):
    random = np.random.default_rng(5)
    for step in range(num_steps):
        yield environment.step(random.integers(0, environment.num_actions, environment.num_envs) if actions is None else actions[step])


def record(num_envs, seed, num_steps=40, **arguments):
    actions = np.random.default_rng(1).integers(0, 15, (num_steps, 8))[:, :num_envs]
    with ProcgenEnvironment("starpilot", num_envs, seed, {"distribution_mode": "easy"}, **arguments) as environment:
        moments = [environment.observe(), *(transition.next for transition in play(environment, num_steps, actions))]
    return np.stack([moment.observations for moment in moments])


@pytest.mark.parametrize("game", GAMES)
def test_every_game_plays_at_both_difficulties(game):
    for mode in ("easy", "hard"):
        with ProcgenEnvironment(game, 2, 3, {"distribution_mode": mode}) as environment:
            first = environment.observe()
            assert first.observations.shape == (2, 64, 64, 3) and first.observations.dtype == np.uint8
            assert first.firsts.all() and first.frames is None
            assert first.observations.std() > 5
            for transition in play(environment, 3):
                assert transition.rewards.dtype == np.float32 and transition.rewards.shape == (2,)
                assert np.array_equal(transition.dones, transition.next.firsts)


def test_same_seed_same_bytes_whatever_the_threads():
    reference = record(3, 11)
    for threads in (0, 1, 3):
        assert np.array_equal(record(3, 11, num_threads=threads), reference)
    assert not np.array_equal(record(3, 12), reference)


def test_an_environment_does_not_depend_on_those_beside_it():
    assert np.array_equal(record(2, 11), record(5, 11)[:, :2])


def test_observations_are_the_callers_own():
    with ProcgenEnvironment("coinrun", 1, 0) as environment:
        before = environment.observe()
        kept = before.observations.copy()
        environment.step(np.array([RIGHT]))
        assert np.array_equal(before.observations, kept)
        after = environment.observe()
        after.observations[:] = 0
        assert environment.observe().observations.any()


def test_episode_ends_show_the_next_level_at_once():
    """The level shown where an episode ended is the one that `level_seed` names, and completing a level earns 10."""
    with ProcgenEnvironment("coinrun", 16, 0, {"num_levels": 3, "distribution_mode": "easy"}) as environment:
        played = environment.observe()
        starts = {}
        ends = 0
        for transition in play(environment, 500):
            for env in np.flatnonzero(transition.dones):
                ends += 1
                seed = int(transition.infos["level_seed"][env])
                picture = transition.next.observations[env]
                assert np.array_equal(starts.setdefault(seed, picture), picture)
                assert transition.rewards[env] == (10 if transition.infos["prev_level_complete"][env] else 0)
            assert not transition.truncated.any()
        assert played.firsts.all()
        assert ends > 4 and set(starts) <= {0, 1, 2} and len(starts) > 1


def test_state_round_trip_also_into_another_environment():
    actions = np.random.default_rng(2).integers(0, 15, (30, 2))
    with ProcgenEnvironment("bossfight", 2, 5, human_frames=True) as environment, ProcgenEnvironment("bossfight", 2, 99, human_frames=True) as other:
        list(play(environment, 10, actions))
        states = environment.get_state()
        moment = environment.observe()
        expected = list(play(environment, 30, actions))
        for restored in (environment, other):
            restored.set_state(states)
            assert np.array_equal(restored.observe().observations, moment.observations)
            assert np.array_equal(restored.observe().firsts, moment.firsts)
            for one, two in zip(play(restored, 30, actions), expected, strict=True):
                assert np.array_equal(one.next.observations, two.next.observations)
                assert np.array_equal(one.next.frames, two.next.frames)
                assert np.array_equal(one.rewards, two.rewards)


def test_damaged_and_foreign_states_are_refused():
    with ProcgenEnvironment("maze", 1, 0) as maze, ProcgenEnvironment("miner", 1, 0) as miner:
        (state,) = maze.get_state()
        flipped = state[:500] + bytes([state[500] ^ 1]) + state[501:]
        for bad, message in ((flipped, "damaged"), (state[:-4], "damaged"), (b"", "no saved state"), (None, "no saved state"), (miner.get_state()[0], "another game")):
            with pytest.raises(EnvironmentFailure, match=message):
                maze.set_state([bad])
        with pytest.raises(EnvironmentFailure, match="expected 1 states, got 2"):
            maze.set_state([state, state])


def test_human_frames_show_the_same_scene():
    with ProcgenEnvironment("coinrun", 1, 4, human_frames=True) as environment:
        moment = environment.step(np.array([RIGHT])).next
        assert moment.frames.shape == (1, 512, 512, 3) and moment.frames.dtype == np.uint8
        small = moment.frames[0].reshape(64, 8, 64, 8, 3).mean((1, 3))
        assert np.corrcoef(small.ravel(), moment.observations[0].ravel())[0, 1] > 0.9


@pytest.mark.parametrize("option", ["use_backgrounds", "use_monochrome_assets", "use_generated_assets", "paint_vel_info"])
def test_options_reach_the_library(option):
    values = {"distribution_mode": "easy"}
    with ProcgenEnvironment("coinrun", 1, 4, values) as plain, ProcgenEnvironment("coinrun", 1, 4, {**values, option: option != "use_backgrounds"}) as changed:
        assert not np.array_equal(plain.observe().observations, changed.observe().observations)


def test_exploration_is_its_one_level():
    with ProcgenEnvironment("maze", 2, 4, {"distribution_mode": "exploration"}) as environment:
        transition = environment.step(np.zeros(2, int))
        assert (transition.infos["level_seed"] == EXPLORATION_LEVELS["maze"]).all()


@pytest.mark.parametrize("actions", [[15, 0], [-1, 0], [0], [[0, 0]], [0.0, 1.0]])
def test_wrong_actions_are_refused(actions):
    with ProcgenEnvironment("coinrun", 2, 0) as environment, pytest.raises(EnvironmentFailure, match="actions"):
        environment.step(np.array(actions))


@pytest.mark.parametrize("arguments", [{"num_envs": 0}, {"seed": -1}, {"seed": 2**31}, {"num_threads": -1}, {"seed": 1.5}])
def test_wrong_numbers_are_refused(arguments):
    with pytest.raises(EnvironmentFailure, match=next(iter(arguments))):
        ProcgenEnvironment("coinrun", **({"num_envs": 1, "seed": 0} | arguments))


def test_closed_environment_says_so():
    environment = ProcgenEnvironment("coinrun", 1, 0)
    environment.close()
    environment.close()
    with pytest.raises(EnvironmentFailure, match="closed"):
        environment.observe()


def test_coinrun_old_is_played_as_coinrun_with_mapped_actions():
    specification = EnvironmentSpecification("procgen", "coinrun_old", {"num_actions": 9})
    assert action_names(specification) == ("NOOP", "RIGHT", "LEFT", "UP", "RIGHT+UP", "LEFT+UP", "DOWN", "A", "B")
    assert "original CoinRun" in environment_notes(specification)[0]
    assert environment_notes(EnvironmentSpecification("procgen", "coinrun")) == ()
    with make_environment(specification, 9, 6) as old, ProcgenEnvironment("coinrun", 9, 6, {"paint_vel_info": True}) as new:
        assert old.notes == environment_notes(specification) and old.num_actions == 9
        meanings = np.array([PROCGEN_ACTIONS.index(name) for name in ("NOOP", "RIGHT", "LEFT", "UP", "RIGHT+UP", "LEFT+UP", "DOWN", "NOOP", "NOOP")])
        for _ in range(10):
            assert np.array_equal(old.step(np.arange(9)).next.observations, new.step(meanings).next.observations)
    with make_environment(EnvironmentSpecification("procgen", "coinrun_old"), 1, 6) as old:
        assert old.num_actions == 7
    with pytest.raises(EnvironmentFailure, match="7 or 9 actions, got 15"):
        make_environment(EnvironmentSpecification("procgen", "coinrun_old", {"num_actions": 15}), 1, 6)


def test_action_names_need_no_library():
    code = "import sys; from rlvis.environments import *; print(action_names(EnvironmentSpecification('procgen', 'coinrun'))[7]); assert not {'jax', 'gymnasium', 'ale_py', 'gym'} & set(sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"RLVIS_CACHE": "/nowhere", "PYTHONPATH": ":".join(sys.path)})
    assert answer.stdout.strip() == "RIGHT", answer.stderr


def test_default_threads_fit_the_number_of_environments():
    assert default_threads(1) == 0
    assert 0 <= default_threads(64) <= 4
