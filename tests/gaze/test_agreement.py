from dataclasses import replace

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.ndimage import gaussian_filter
from sklearn.metrics import roc_auc_score

from rlvis.checkpoints import Checkpoint
from rlvis.environments import EnvironmentSpecification
from rlvis.environments.preprocessing import Preprocessing, preprocess
from rlvis.errors import OptionError
from rlvis.gaze.agent_maps import agent_maps, fed_states, replay_options
from rlvis.gaze.agreement import score_trial
from rlvis.gaze.options import GazeOptions
from rlvis.networks import build
from rlvis.networks.receptive_fields import coverage
from rlvis.networks.stack import Recurrence, StackDescription
from tests.conftest import random_network, random_parameters

OPTIONS = GazeOptions(batch_size=11, controls=False)


def upscaled(picture, shape):
    """Linear interpolation between pixel centres, one axis after the other."""
    for axis, length in enumerate(shape):
        source = picture.shape[axis]
        positions = np.clip((np.arange(length) + 0.5) * source / length - 0.5, 0, source - 1)
        picture = np.apply_along_axis(lambda line: np.interp(positions, np.arange(source), line), axis, picture)
    return picture


def expected_maps(agent, pictures):
    shown = [pictures[0]] + [np.maximum(pictures[index - 1], pictures[index]) for index in range(4, len(pictures) - 1, 4)]
    seen = [np.zeros((84, 84), np.uint8)] * 3 + [preprocess(picture, Preprocessing())[..., 0] for picture in shown]
    observations = np.stack([np.stack(seen[number : number + 4], -1) for number in range(len(shown))])
    attention = np.asarray(jax.jit(agent.network)(agent.parameters, observations / np.float32(255)).attention)
    spread = coverage(7, 36, 8, 0, 84)
    return observations, np.stack([upscaled(spread @ one @ spread.T, (210, 160)) for one in attention])


def counts_at(gaze, index):
    counts = np.zeros((210, 160))
    for lag in (0, 1, 4, 5, 8, 9, 12, 13):
        if index >= lag:
            for x, y in gaze[index - lag]:
                if 0 <= round(y) < 210 and 0 <= round(x) < 160:
                    counts[round(y), round(x)] += 1
    return counts


@pytest.fixture(scope="module")
def seen(recorded, watcher):
    """Observations and maps of the recording, all in one batch."""
    (block,) = agent_maps(watcher, recorded[1], replay_options(watcher), (210, 160), OPTIONS)
    return block


def test_observations_and_maps_are_those_the_agent_would_have(recorded, watcher, seen):
    observations, maps = expected_maps(watcher, recorded[2])
    assert np.array_equal(seen.observations, observations)
    assert_allclose(seen.maps["agent"], maps, rtol=1e-4)


def test_scores_of_a_recording_from_first_principles(recorded, watcher, seen):
    _, trial, _, gaze = recorded
    found = score_trial(watcher, trial, replace(OPTIONS, other_observations=0))
    all_counts = [counts_at(gaze, index) for index in range(0, 41, 4)]
    assert len(all_counts) == len(found.fixations) == 11
    for number, (saliency, counts) in enumerate(zip(seen.maps["agent"].astype(float), all_counts, strict=True)):
        scores = {metric: values[number] for metric, values in found.scores["agent"].items()}
        assert found.fixations[number] == counts.sum()
        if not counts.any():
            assert np.isnan(list(scores.values())).all()
            continue
        density = gaussian_filter(counts, 5, mode="mirror", truncate=4)
        density /= density.sum()
        others = sum(all_counts) - counts
        expected = {
            "nss": np.average((saliency - saliency.mean()) / saliency.std(), weights=counts),
            "kl": np.sum(density * np.log(np.where(density > 0, density * saliency.sum() / saliency, 1))),
            "sauc": roc_auc_score([1] * counts.size + [0] * counts.size, np.tile(saliency.ravel(), 2), sample_weight=np.append(counts, others)),
            "cc": np.corrcoef(saliency.ravel(), density.ravel())[0, 1],
            "sim": np.minimum(saliency / saliency.sum(), density).sum(),
            "auc_judd": roc_auc_score(counts.ravel() > 0, saliency.ravel()),
        }
        for metric, value in expected.items():
            assert_allclose(scores[metric], value, atol=1e-5, err_msg=f"{metric} of {number}")


def test_any_method_over_the_observation(recorded, watcher):
    _, trial, *_ = recorded
    options = replace(OPTIONS, method="gradient", processed_obs=True, max_observations=5, kl_epsilon=1e-6)
    found = score_trial(watcher, trial, options).scores["agent"]
    assert all(len(values) == 5 for values in found.values())
    assert np.isfinite(found["kl"]).sum() >= 3


def test_memory_is_carried_from_frame_to_frame():
    description = StackDescription((4, 4, 1), 2, (Recurrence("lstm", 3),))
    network, parameters = build(description), random_parameters(description)
    observations = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 1), dtype=np.uint8)
    first, state = fed_states(network, parameters, observations[:3], None)
    second, _ = fed_states(network, parameters, observations[3:], state)
    expected = network.initial_state(1)
    for number, observation in enumerate(observations):
        part = first if number < 3 else second
        for name in ("c", "h"):
            assert_allclose(part["lstm"][name][number if number < 3 else number - 3], expected["lstm"][name][0], atol=1e-6)
        expected = jax.jit(network)(parameters, observation[None] / np.float32(255), expected).state


def test_an_agent_that_sees_something_else(corridor_agent, recorded):
    _, trial, *_ = recorded
    with pytest.raises(OptionError, match="has to be an agent that plays Atari"):
        score_trial(corridor_agent, trial, OPTIONS)


def test_cropped_observations_cover_a_part_of_the_frame(recorded):
    _, trial, *_ = recorded
    network, parameters = random_network("nature", (36, 36, 1), 3, features=4)
    specification = EnvironmentSpecification("atari", "ms_pacman", {"preprocessing": {"crop": [35, 195, 0, 160], "resize": [36, 36], "frame_stack": 1}})
    agent = Checkpoint(network, parameters, specification)
    options = replace(OPTIONS, method="gradient", max_observations=4)
    maps = np.concatenate([block.maps["agent"] for block in agent_maps(agent, trial, replay_options(agent), (210, 160), options)])
    assert maps[:, 35:195].any((1, 2)).all()
    assert not maps[:, :35].any() and not maps[:, 195:].any()
    with pytest.raises(OptionError, match="leave out --processed-obs"):
        score_trial(agent, trial, replace(options, processed_obs=True))


def test_the_published_protocol(recorded, watcher, seen):
    """Gaze counted from 1 against frames counted from 0; negatives drawn anew for each observation from ten others."""
    _, trial, _, gaze = recorded
    found = score_trial(watcher, trial, replace(OPTIONS, gaze_frame_offset=-1, compat_auc_splits=9))
    shifted = [np.zeros((0, 2)), *gaze]
    all_counts = [counts_at(shifted, index) for index in range(0, 41, 4)]
    generator = np.random.RandomState(42)
    for number, (saliency, counts) in enumerate(zip(seen.maps["agent"], all_counts, strict=True)):
        assert found.fixations[number] == counts.sum()
        if not counts.any():
            assert np.isnan(found.scores["agent"]["sauc"][number])
            continue
        others = generator.randint(len(all_counts) - 1, size=(10,))
        others[others >= number] += 1
        share = sum(all_counts[other] for other in others).ravel()
        values, total = saliency.ravel(), int(counts.sum())
        drawn = np.random.RandomState(42).choice(np.arange(len(values)), size=(9, total), p=share / share.sum())
        true = np.repeat(values, counts.ravel().astype(int))
        areas = [roc_auc_score([0] * total + [1] * total, np.concatenate([values[pixels], true])) for pixels in drawn]
        assert_allclose(found.scores["agent"]["sauc"][number], np.mean(areas), atol=1e-6)
