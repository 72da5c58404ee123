import jax
import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.networks.observations import normalize_observations
from rlvis.rollouts.collect import collect_examples, collect_trajectory, environment_seed, example_groups, join_examples


def test_what_happened_in_a_step_belongs_to_what_was_seen_before_it(corridor_agent):
    trajectory = collect_trajectory(corridor_agent, 60, seed=1)
    columns = trajectory.observations[:, 6, :, 0].argmax(axis=1) // 2
    assert len(trajectory) == 60
    for t in range(59):
        after = columns[t] + {0: -1, 1: 1}.get(int(trajectory.actions[t]), 0)
        assert trajectory.rewards[t] == {7: 1, 0: -1}.get(after, 0)
        assert trajectory.dones[t] == (after in (0, 7)) == trajectory.firsts[t + 1]
        assert columns[t + 1] == (2 if trajectory.dones[t] else after)


def test_outputs_are_the_networks(corridor_agent):
    trajectory = collect_trajectory(corridor_agent, 5, seed=1)
    outputs = jax.jit(corridor_agent.network)(corridor_agent.parameters, normalize_observations(trajectory.observations))
    assert_allclose(trajectory.values, outputs.value, rtol=1e-4, atol=1e-5)
    assert_allclose(trajectory.logits, outputs.logits, rtol=1e-4, atol=1e-5)


def test_the_same_seed_gives_the_same_bytes(corridor_agent):
    first, again, other = (collect_trajectory(corridor_agent, 20, seed=seed) for seed in (1, 1, 2))
    for name, array in first.to_arrays().items():
        assert_array_equal(array, again.to_arrays()[name])
    assert not np.array_equal(first.observations, other.observations)


def test_memory_is_kept_as_it_was_fed_and_reset_where_an_episode_begins(forgetful_agent):
    trajectory = collect_trajectory(forgetful_agent, 150, seed=3)
    fed = trajectory.states["lstm/h"]
    assert trajectory.firsts[1:].any() and not trajectory.firsts.all()
    assert (fed[trajectory.firsts] == 0).all() and (fed[~trajectory.firsts] != 0).any()
    outputs = jax.jit(forgetful_agent.network)(forgetful_agent.parameters, normalize_observations(trajectory.observations), trajectory.state_at(slice(None)))
    assert_allclose(trajectory.values, outputs.value, rtol=1e-4, atol=1e-5)
    follows = ~trajectory.firsts[1:]
    assert_allclose(fed[1:][follows], np.asarray(outputs.state["lstm"]["h"])[:-1][follows], atol=1e-5)


def test_actions_follow_the_policys_probabilities(corridor_agent):
    trajectory = collect_trajectory(corridor_agent, 600, seed=4)
    probabilities = np.exp(trajectory.logits - trajectory.logits.max(axis=1, keepdims=True))
    expected = (probabilities / probabilities.sum(axis=1, keepdims=True)).sum(axis=0)
    counts = np.bincount(trajectory.actions, minlength=5)
    assert (np.abs(counts - expected) < 4 * np.sqrt(expected) + 1).all()


def test_greedy_takes_the_most_probable_action(corridor_agent):
    trajectory = collect_trajectory(corridor_agent, 10, seed=4, greedy=True)
    assert_array_equal(trajectory.actions, trajectory.logits.argmax(axis=1))


def test_human_frames_come_along(corridor_agent):
    trajectory = collect_trajectory(corridor_agent, 3, seed=4, human_frames=True)
    assert_array_equal(trajectory.frames[:, ::4, ::4], trajectory.observations)


def test_examples_are_apart_by_obs_every_and_ordered_by_environment(corridor_agent):
    dense = collect_examples(corridor_agent, 2, 12, 1, seed=5)
    sparse = collect_examples(corridor_agent, 2, 4, 3, seed=5)
    assert_array_equal(sparse.observations.reshape(2, 4, 16, 16, 3), dense.observations.reshape(2, 12, 16, 16, 3)[:, 2::3])


def test_groups_are_large_on_an_accelerator(monkeypatch):
    assert example_groups(40) == [8, 8, 8, 8, 8]
    monkeypatch.setattr("jax.default_backend", lambda: "gpu")
    assert example_groups(40) == [16, 16, 8]


def test_groups_join_in_order(forgetful_agent):
    assert example_groups(19) == [8, 8, 3]
    parts = [collect_examples(forgetful_agent, 2, 2, 1, seed=seed) for seed in (1, 2)]
    joined = join_examples(parts, 8)
    assert len(joined) == 8 and joined.states["lstm/c"].shape == (8, 3)
    assert_array_equal(joined.observations[4:], parts[1].observations)


def test_every_environment_has_a_seed_of_its_own():
    seeds = {environment_seed(seed, purpose, index) for seed in (0, 1) for purpose in ("trajectory", "examples") for index in range(50)}
    assert len(seeds) == 200 and all(0 <= seed < 2**31 for seed in seeds)
