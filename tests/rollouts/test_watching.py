from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.errors import RolloutError
from rlvis.networks.observations import normalize_observations
from rlvis.options import ObservationOptions
from rlvis.rollouts.collect import collect_examples, collect_trajectory, environment_seed
from rlvis.rollouts.watching import empty_memory, think, watch_examples, watch_trajectories
from rlvis.stages.stage_files import StageFiles

FEW = ObservationOptions(num_envs=2, num_obs=4, obs_every=3)


@pytest.fixture(scope="module")
def played(corridor_agent):
    return collect_trajectory(corridor_agent, 60, seed=1)


@pytest.fixture(scope="module")
def examples(corridor_agent):
    return collect_examples(corridor_agent, 2, 4, 3, environment_seed(5, "examples", 0))


def test_an_agent_that_watches_itself_thinks_what_it_thought(corridor_agent, played):
    thoughts = think(corridor_agent, played)
    assert_array_equal(thoughts["logits"], played.logits)
    assert_array_equal(thoughts["values"], played.values)
    assert set(thoughts) == {"logits", "values"}


def test_memory_is_carried_along_and_empty_where_episodes_begin(forgetful_agent, played):
    played = replace(played, firsts=np.isin(np.arange(60), (17, 40)))
    network, parameters = forgetful_agent.network, forgetful_agent.parameters
    seen = watch_trajectories(forgetful_agent, {3: played}, quiet=True)[3]
    state = network.initial_state(1)
    for step in range(len(played)):
        state = network.initial_state(1) if played.firsts[step] else state
        for part in ("h", "c"):
            assert_allclose(seen.states[f"lstm/{part}"][step], state["lstm"][part][0], atol=1e-5)
        outputs = network(parameters, normalize_observations(played.observations[step : step + 1]), state)
        assert_allclose(seen.values[step], outputs.value[0], atol=1e-5)
        assert_allclose(seen.logits[step], outputs.logits[0], atol=1e-5)
        state = outputs.state
    for name in ("observations", "actions", "rewards", "firsts", "dones"):
        assert_array_equal(getattr(seen, name), getattr(played, name))


def test_what_belongs_to_the_player_is_left_out(corridor_agent, forgetful_agent):
    theirs = replace(collect_trajectory(forgetful_agent, 5, seed=1, human_frames=True), rows={"a row": np.arange(5.0)}, fixations={"starts": np.zeros(6, int)})
    seen = watch_trajectories(corridor_agent, {0: theirs}, quiet=True)[0]
    assert (seen.states, seen.rows, seen.fixations, seen.frames) == ({}, {}, {}, None)


def test_thoughts_are_kept(forgetful_agent, played, tmp_path):
    stages = StageFiles(tmp_path)
    first = watch_trajectories(forgetful_agent, {0: played}, True, stages)[0]
    again = watch_trajectories(forgetful_agent, {0: played}, True, stages)[0]
    assert stages.reused == [("thoughts", "1")]
    for name, array in first.to_arrays().items():
        assert_array_equal(array, again.to_arrays()[name])
    begun = replace(played, firsts=np.ones(60, bool))
    assert (watch_trajectories(forgetful_agent, {0: begun}, True, stages)[0].states["lstm/h"] == 0).all()


def test_memory_in_example_observations_is_that_of_having_seen_all_before(forgetful_agent, corridor_agent, examples):
    watched = watch_examples(corridor_agent, forgetful_agent, examples, FEW, 5, quiet=True)
    assert_array_equal(watched.observations, examples.observations)
    every = collect_examples(corridor_agent, 2, 12, 1, environment_seed(5, "examples", 0), watcher=forgetful_agent)
    assert_array_equal(watched.states["lstm/h"], every.states["lstm/h"].reshape(2, 4, 3, -1)[:, :, 2].reshape(8, -1))
    assert (watched.states["lstm/h"] != 0).any()
    own = collect_examples(forgetful_agent, 2, 4, 3, environment_seed(5, "examples", 0))
    assert_array_equal(watch_examples(forgetful_agent, forgetful_agent, own, FEW, 5, quiet=True).states["lstm/c"], own.states["lstm/c"])


def test_an_environment_that_does_not_repeat_itself_is_refused(forgetful_agent, corridor_agent, examples):
    other = replace(examples, observations=255 - examples.observations)
    with pytest.raises(RolloutError, match="showed other observations"):
        watch_examples(corridor_agent, forgetful_agent, other, FEW, 5, quiet=True)


def test_empty_memory(forgetful_agent, corridor_agent, examples):
    states = empty_memory(forgetful_agent, examples).states
    assert {name: part.shape for name, part in states.items()} == {"lstm/h": (8, 3), "lstm/c": (8, 3)}
    assert not any(part.any() for part in states.values())
    assert empty_memory(corridor_agent, examples).states == {}
