import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.targets import VALUE
from rlvis.networks.observations import normalize_observations
from rlvis.options import RunOptions
from rlvis.rollouts.collect import collect_trajectory
from rlvis.saliency import find_method
from rlvis.trust.assessment import judge_methods
from rlvis.trust.map_judgement import judge_maps, judged_frames, layer_as_method
from rlvis.trust.options import TrustOptions
from tests.conftest import record_at_once

OPTIONS = RunOptions(attr_integrate_steps=4)


@pytest.fixture(scope="module")
def trajectories(corridor_agent):
    return {index: collect_trajectory(corridor_agent, 5, index) for index in range(2)}


def test_frames_are_spread_over_trajectories(trajectories):
    frames = judged_frames(trajectories, 2, 3)
    assert_array_equal(frames.steps, [0, 4, 0])
    assert_array_equal(frames.observations, np.concatenate([trajectories[0].observations[[0, 4]], trajectories[1].observations[[0]]]))
    assert_array_equal(frames.actions[:2], trajectories[0].logits[[0, 4]].argmax(axis=1))
    assert frames.state is None
    assert_array_equal(judged_frames(trajectories, 2, 1).steps, [0])


def test_a_layer_is_a_method_like_any_other(corridor_agent, trajectories):
    network, parameters = corridor_agent.network, corridor_agent.parameters
    observations = normalize_observations(trajectories[0].observations[:2])
    method = layer_as_method(corridor_agent, OPTIONS, "2b", None)
    activations = record_at_once(network, parameters, observations, names=("2b",))[1]["2b"]
    expected = integrated_gradients(network, parameters, activations, "2b", [VALUE], observations, rule=quadrature_rule("graded", 4))
    assert_allclose(method.maps(network, parameters, observations, [VALUE]), expected.maps.sum(axis=-1), rtol=1e-4, atol=1e-6)
    other = {name: {part: 0.5 * array for part, array in group.items()} for name, group in parameters.items()}
    assert not np.allclose(method.maps(network, other, observations, [VALUE]), expected.maps.sum(axis=-1), rtol=1e-2)


def test_layers_and_methods_are_judged_beside_baselines(corridor_agent, trajectories):
    frames = judged_frames(trajectories, 2, 3)
    gradient = find_method("gradient")
    judgements, baselines = judge_maps(corridor_agent, OPTIONS, {"2b": None}, [(gradient, gradient.make_options())], frames, quiet=True)
    assert [each.source for each in judgements] == ["integrated_gradients/2b", "gradient"]
    assert [each.source for each in baselines] == ["random order", "from the centre"]
    assert all(set(each.heads) == {"action", "value"} for each in [*judgements, *baselines])
    [expected] = judge_methods(corridor_agent, [(gradient, gradient.make_options())], frames, TrustOptions(seed=0), quiet=True).methods
    assert judgements[1].heads["value"].deletion == expected["value"]["deletion"]["area"]
    assert list(judgements[1].heads["action"].insertion_interval) == expected["action"]["insertion"]["interval"]
    assert judgements[1].randomized == "action"
    assert [(step.layers, step.correlation) for step in judgements[1].randomization] == [(step["layers"], step["correlation"]) for step in expected["randomization"]]
    low, high = judgements[0].heads["value"].deletion_interval
    assert low <= judgements[0].heads["value"].deletion <= high
