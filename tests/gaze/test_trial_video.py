import numpy as np
import pytest

from rlvis.gaze.agent_maps import AGENT, agent_maps, replay_options
from rlvis.gaze.agreement import score_trial
from rlvis.gaze.options import GazeOptions
from rlvis.gaze.trial_video import record_trial

av = pytest.importorskip("av", reason="PyAV is not installed")


def test_saliency_and_fixations_are_in_the_video(recorded, watcher, tmp_path):
    trial, options = recorded[1], GazeOptions(batch_size=11, controls=False)
    agreement = score_trial(watcher, trial, options)
    (block,) = agent_maps(watcher, trial, replay_options(watcher), (210, 160), options)
    assert agreement.largest == block.maps[AGENT].max()
    with av.open(str(record_trial(tmp_path / "trial.mkv", watcher, agreement, options))) as container:
        found = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    assert found.shape == (11, 370, 160, 3)
    expected = (block.pictures / 255 + block.maps[AGENT][..., None] / agreement.largest) / 2 * 255
    np.testing.assert_allclose(found[:, :210, :, 1:], expected[..., 1:], atol=0.51)
    looked_at = [number for number in range(11) if agreement.fixations[number]]
    assert all((found[number, :210, :, 0] == 255).any() for number in looked_at)
