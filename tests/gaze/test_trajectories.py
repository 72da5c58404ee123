import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.checkpoints import Checkpoint
from rlvis.gaze.agent_maps import AGENT
from rlvis.gaze.agreement import TrialAgreement
from rlvis.gaze.atari_head import Gaze
from rlvis.gaze.metrics import METRICS
from rlvis.gaze.options import GazeOptions
from rlvis.gaze.trajectories import fixations_in_observation, gaze_trajectory, human_play, save_gaze_rollouts, think
from rlvis.networks import build
from rlvis.networks.stack import Recurrence, StackDescription
from rlvis.presentation import present_trajectory
from rlvis.rollouts.storage import load_rollouts
from tests.conftest import random_parameters

OPTIONS = GazeOptions(batch_size=11)


@pytest.fixture(scope="module")
def agreement(recorded):
    scores = {metric: np.linspace(0.1, 1.1, 11) for metric in METRICS}
    scores["sauc"] = np.where(np.arange(11) == 3, np.nan, scores["sauc"])
    return TrialAgreement(recorded[1], {AGENT: scores}, np.arange(11))


def test_a_recorded_game_is_a_trajectory(recorded, watcher, agreement, tmp_path):
    _, _, pictures, gaze = recorded
    found = gaze_trajectory(watcher, agreement, OPTIONS)
    outputs = jax.jit(watcher.network)(watcher.parameters, found.observations / np.float32(255))
    assert_allclose(found.logits, outputs.logits, atol=1e-5)
    assert_allclose(found.values, outputs.value, atol=1e-5)
    assert found.frames.shape == (11, 210, 160, 3)
    x, y = np.concatenate([gaze[frame] for frame in (20, 19, 16, 15)])[0]
    assert_array_equal(found.frames[5], np.maximum(pictures[19], pictures[20]))
    first = found.fixations["starts"][5]
    assert_allclose([210 * found.fixations["rows"][first] - 0.5, 160 * found.fixations["columns"][first] - 0.5], np.rint([y, x]), atol=1e-3)
    assert_array_equal(np.diff(found.fixations["starts"])[5], len(np.concatenate([gaze[frame] for frame in (20, 19, 16, 15, 12, 11, 8, 7)])))
    assert_allclose(found.rows["gaze: shuffled AUC"], np.nan_to_num(agreement.scores[AGENT]["sauc"], nan=0.5), rtol=1e-6)
    save_gaze_rollouts(tmp_path / "gaze.npz", watcher, [agreement, agreement], OPTIONS, most_steps=4)
    trajectories, examples, description = load_rollouts(tmp_path / "gaze.npz")
    assert [len(one) for one in trajectories] == [4, 4] and len(examples) == 8
    assert description == {"gaze": [7, 7]}
    assert_array_equal(trajectories[0].frames, found.frames[:4])
    assert_array_equal(trajectories[0].fixations["starts"], found.fixations["starts"][:5])
    shown = present_trajectory(trajectories[0], "1", 0.99, 0.95)
    assert_array_equal(shown.rows[0].bookmarked, np.diff(found.fixations["starts"][:5]) > 0)
    assert [row.label for row in shown.rows if row.bookmarked is not None] == ["gaze: NSS"]


def test_what_the_person_did():
    gaze = Gaze(np.arange(1, 13), (np.zeros((0, 2)),) * 12, np.array([0, 9, 9, 9, 3, 9, 9, 9, 17, -1, -1, -1]), np.array([1, 0, 0, 2, 4, 0, 0, 0, 0, 0, 0, 8.0]), np.repeat([0, 0, 1], 4))
    actions, rewards, firsts = human_play(gaze, ("NOOP", "FIRE", "RIGHT"), 4, 3)
    assert_array_equal(actions, [0, 2, 0])
    assert_array_equal(rewards, [3, 4, 8])
    assert_array_equal(firsts, [True, False, True])


def test_thoughts_do_not_depend_on_batches():
    description = StackDescription((4, 4, 1), 2, (Recurrence("lstm", 3),))
    agent = Checkpoint(build(description), random_parameters(description))
    observations = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 1), dtype=np.uint8)
    whole, parts = think(agent, observations, 5), think(agent, observations, 2)
    assert_allclose(whole[0], parts[0], atol=1e-6)
    assert_allclose(whole[1], parts[1], atol=1e-6)
    assert_allclose(whole[2]["lstm/h"], parts[2]["lstm/h"], atol=1e-6)
    assert not whole[2]["lstm/h"][0].any() and whole[2]["lstm/h"][1:].any()


def test_fixations_are_placed_in_what_the_agent_sees():
    pixels = (np.array([0, 159]), np.zeros(0, int), np.array([35 * 160, 194 * 160 + 159]))
    found = fixations_in_observation(pixels, (35, 195, 0, 160))
    assert_array_equal(found["starts"], [0, 2, 2, 4])
    assert_allclose(found["rows"], [-34.5 / 160, -34.5 / 160, 0.5 / 160, 159.5 / 160])
    assert_allclose(found["columns"], [0.5 / 160, 159.5 / 160, 0.5 / 160, 159.5 / 160])
    assert_allclose(fixations_in_observation(pixels)["rows"][0], 0.5 / 210)
