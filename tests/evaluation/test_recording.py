from dataclasses import replace

import numpy as np
import pytest

from rlvis.checkpoints import Checkpoint, save
from rlvis.command_line import main
from rlvis.environments import EnvironmentSpecification
from rlvis.evaluation.evaluate import run_evaluation
from rlvis.evaluation.options import EvaluationOptions
from rlvis.evaluation.perception import processed_picture, raw_picture
from rlvis.evaluation.play import play
from rlvis.evaluation.recording import rendered_attention, to_bytes
from tests.conftest import random_network

av = pytest.importorskip("av", reason="PyAV is not installed")

OPTIONS = EvaluationOptions(num_env=3, evals_per_env=1, eval_seed=2, raw_obs=True)


def frames_of(path):
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def test_perception_has_one_scale_and_blanks_what_is_done(attentive_agent, tmp_path):
    run_evaluation(attentive_agent, tmp_path, replace(OPTIONS, processed_obs=True, video_recorder=True), quiet=True)
    found, plain = frames_of(tmp_path / "perception.mkv"), frames_of(tmp_path / "videos" / "games.mkv")
    steps = list(play(attentive_agent, OPTIONS, pictures=True))
    assert found.shape == (len(steps), 2 * (64 + 64), 2 * 64, 3)
    maps = np.stack([rendered_attention(attentive_agent, step) for step in steps])
    maps /= maps[np.stack([step.active for step in steps])].max()
    for time, step in enumerate(steps):
        tiles = [found[time, 128 * row : 128 * row + 128, 64 * column : 64 * column + 64] for row in (0, 1) for column in (0, 1)]
        plain_tiles = [plain[time, 64 * row : 64 * row + 64, 64 * column : 64 * column + 64] for row in (0, 1) for column in (0, 1)]
        assert not tiles[3].any()
        for index in range(3):
            raw = to_bytes(raw_picture(step.moment.frames[index], maps[time, index]))
            np.testing.assert_allclose(tiles[index][:64], raw if step.active[index] else 0, atol=1)
            np.testing.assert_array_equal(plain_tiles[index], step.moment.frames[index] if step.active[index] else 0)
            corner = to_bytes(processed_picture(step.moment.observations[index], maps[time, index]))[0, 0]
            np.testing.assert_allclose(tiles[index][64, 0], corner if step.active[index] else 0, atol=1)
    assert not all(step.active.all() for step in steps)


def test_a_network_without_attention_shows_the_game_only(corridor_agent, tmp_path):
    run_evaluation(corridor_agent, tmp_path, replace(OPTIONS, num_env=1, video_format="mp4"), quiet=True)
    assert frames_of(tmp_path / "perception.mp4").shape[1:] == (64, 64, 3)


def test_command_on_an_atari_game(tmp_path, capsys):
    network, parameters = random_network("cnn_sparse_fls", (84, 84, 4), 4, features=4, channels=(3, 4, 5), attention_features=4)
    save(tmp_path / "agent.safetensors", Checkpoint(network, parameters, EnvironmentSpecification("atari", "breakout")))
    arguments = ["evaluate", str(tmp_path / "agent.safetensors"), "-o", str(tmp_path), "--num-env", "2", "--max-steps", "5", "--raw-obs", "--processed-obs", "--quiet"]
    assert main(arguments) == 0
    assert "interquartile mean" in capsys.readouterr().out
    assert frames_of(tmp_path / "perception.mkv").shape == (5, 2 * 370, 160, 3)
    assert main([*arguments, "--levels", "unseen"]) == 2
    assert "is for Procgen" in capsys.readouterr().err
