from dataclasses import replace

import numpy as np
import pytest

from rlvis.checkpoints import Checkpoint
from rlvis.environments import EnvironmentSpecification, Moment, Transition
from rlvis.errors import OptionError
from rlvis.evaluation.options import EvaluationOptions
from rlvis.evaluation.play import evaluation_environment, play, whole_episode_ended
from rlvis.networks import build
from rlvis.networks.stack import Dense, StackDescription
from tests.conftest import random_network, random_parameters

OPTIONS = EvaluationOptions(num_env=3, evals_per_env=4, eval_seed=5)


def episodes_of(steps, environment, count):
    found = [episode for step in steps for episode in step.episodes if episode.environment == environment]
    return [(episode.reward, episode.length) for episode in found[:count]]


def test_every_environment_delivers_its_first_episodes(corridor_agent):
    together = list(play(corridor_agent, OPTIONS))
    alone = list(play(corridor_agent, replace(OPTIONS, num_env=1)))
    assert episodes_of(together, 0, 4) == episodes_of(alone, 0, 4)
    assert len(alone) == sum(length for _, length in episodes_of(alone, 0, 4))
    for environment in range(3):
        ends = np.cumsum([length for _, length in episodes_of(together, environment, 4)])
        assert len(ends) == 4
        assert [bool(step.active[environment]) for step in together] == [number < ends[-1] for number in range(len(together))]
    assert max(np.cumsum([length for _, length in episodes_of(together, n, 4)])[-1] for n in range(3)) == len(together)


def test_rewards_and_lengths_are_those_of_the_game(corridor_agent):
    for step in play(corridor_agent, OPTIONS):
        for episode in step.episodes:
            assert episode.reward in (-1, 1)
            assert episode.length >= (2 if episode.reward < 0 else 5)
            assert episode.elapsed > 0


def test_playing_again_gives_the_same(corridor_agent):
    first, second = (list(play(corridor_agent, OPTIONS)) for _ in range(2))
    assert len(first) == len(second)
    assert all(np.array_equal(a.decision.actions, b.decision.actions) and np.array_equal(a.moment.observations, b.moment.observations) for a, b in zip(first, second, strict=True))


def test_greedy_takes_the_most_probable_action_and_memory_is_carried(forgetful_agent):
    steps = list(play(forgetful_agent, replace(OPTIONS, greedy=True, max_steps=6)))
    for step in steps:
        np.testing.assert_array_equal(step.decision.actions, step.decision.logits.argmax(-1))
    assert any(np.any(np.asarray(step.decision.state_fed["lstm"]["h"]) != 0) for step in steps)


def test_action_values_are_played_greedily_and_by_chance(corridor_agent):
    description = StackDescription((16, 16, 3), 5, (Dense("dense", 4),), kind="q")
    agent = replace(corridor_agent, network=build(description), parameters=random_parameters(description))
    for step in play(agent, replace(OPTIONS, max_steps=6)):
        np.testing.assert_array_equal(step.decision.actions, step.decision.logits.argmax(-1))
    actions = np.stack([step.decision.actions for step in play(agent, replace(OPTIONS, evals_per_env=99, epsilon=1.0, max_steps=40))])
    assert set(actions.ravel()) == set(range(5))
    with pytest.raises(OptionError, match="epsilon is a probability"):
        EvaluationOptions(epsilon=1.5)


def test_seen_and_unseen_levels_are_played():
    agent = Checkpoint(*random_network("nature", (64, 64, 3), 15, features=4), EnvironmentSpecification("procgen", "coinrun", {"distribution_mode": "easy", "num_levels": 3}))
    seen, unseen = (next(play(agent, EvaluationOptions(num_env=6, max_steps=1, levels=levels))) for levels in ("checkpoint", "unseen"))
    assert len(np.unique(seen.moment.observations.reshape(6, -1), axis=0)) <= 3 < len(np.unique(unseen.moment.observations.reshape(6, -1), axis=0))


def test_episodes_that_do_not_end_are_given_up(corridor_agent):
    steps = list(play(corridor_agent, replace(OPTIONS, evals_per_env=1000, max_steps=7)))
    assert len(steps) == 7
    assert {episode.environment for episode in steps[-1].episodes} == {0, 1, 2}


def test_the_end_of_a_life_is_not_the_end_of_a_game():
    transition = Transition(np.zeros(3), np.array([True, True, False]), np.array([False, False, True]), Moment(np.zeros((3, 1, 1, 1)), np.ones(3, bool)))
    np.testing.assert_array_equal(whole_episode_ended(transition), [True, True, True])
    np.testing.assert_array_equal(whole_episode_ended(replace(transition, infos={"game_over": np.array([False, True, False])})), [False, True, True])


def test_levels_and_limits(corridor_agent):
    procgen = replace(corridor_agent, environment=EnvironmentSpecification("procgen", "coinrun", {"start_level": 3, "num_levels": 200}))
    assert evaluation_environment(procgen, OPTIONS) == procgen.environment
    unseen = evaluation_environment(procgen, EvaluationOptions(levels="unseen")).options
    assert (unseen["start_level"], unseen["start_level"] + unseen["num_levels"]) == (203, 2**31 - 1)
    assert evaluation_environment(procgen, EvaluationOptions(levels="all")).options == {"start_level": 0, "num_levels": 0}
    atari = replace(corridor_agent, environment=EnvironmentSpecification("atari", "breakout"))
    assert evaluation_environment(atari, EvaluationOptions(frame_limit=30_000)).options == {"frame_limit": 30_000}
    for agent, options, message in [
        (atari, EvaluationOptions(levels="unseen"), "is for Procgen"),
        (procgen, EvaluationOptions(frame_limit=5), "is for Atari"),
        (replace(procgen, environment=EnvironmentSpecification("procgen", "coinrun")), EvaluationOptions(levels="unseen"), "no unseen ones"),
        (replace(procgen, environment=None), OPTIONS, "name one with --env"),
    ]:
        with pytest.raises(OptionError, match=message):
            evaluation_environment(agent, options)
    with pytest.raises(OptionError, match="must be one of checkpoint, unseen, all"):
        EvaluationOptions(levels="some")
