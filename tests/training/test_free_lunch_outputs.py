"""What a run leaves for the programs of Free-Lunch Saliency."""

import csv
import json

import joblib
import numpy as np
import pytest

from rlvis.checkpoints import load
from rlvis.errors import OptionError, OutputError
from rlvis.training.free_lunch_outputs import FreeLunchOutputs, boxed
from rlvis.training.rollout import EndedEpisode
from rlvis.training.run_directory import RunDirectory
from rlvis.training.train import train
from rlvis.training.update import make_optimizer
from tests.conftest import random_network

NAMES = [
    "eplenmean", "eprewmean", "fps", "loss/approxkl", "loss/clipfrac", "loss/policy_entropy", "loss/policy_loss", "loss/value_loss", "misc/explained_variance",
    "misc/nupdates", "misc/serial_timesteps", "misc/time_elapsed", "misc/total_timesteps",
]  # fmt: skip


def row(iteration):
    names = ("explained_variance", "policy_loss", "value_loss", "entropy", "approximate_kl", "clip_fraction")
    return {"iteration": iteration, "steps": 16 * iteration, "seconds": 0.5 * iteration, "steps_per_second": 32.7, **dict.fromkeys(names, 0.25)}


def agent():
    network, parameters = random_network("cnn_sparse_fls", (84, 84, 4), 4, features=6, channels=(2, 3, 2), attention_features=3)
    optimizer, _ = make_optimizer(0.5, 1e-5)
    return network.name, parameters, optimizer.init(parameters)


def games(path):
    header, *lines = path.read_text().splitlines()
    return json.loads(header[1:]), list(csv.DictReader(lines))


def test_games_and_updates_are_written_when_the_run_is_saved(tmp_path, tiny_options):
    outputs = FreeLunchOutputs(tmp_path, tiny_options(num_envs=2, num_steps=8), "BreakoutNoFrameskip-v4", 0)
    header, none = games(tmp_path / "logs" / "0.0.monitor.csv")
    assert header["env_id"] == "BreakoutNoFrameskip-v4" and none == []
    start = header["t_start"]
    outputs.add(row(1), [])
    outputs.add(row(2), [EndedEpisode(0, 3.0, 120, start + 2.5), EndedEpisode(1, 1.0, 80, start + 3)])
    assert not (tmp_path / "model.pkl").exists() and not (tmp_path / "logs" / "log.txt").exists()
    outputs.save(*agent())
    outputs.close()
    (game,) = games(tmp_path / "logs" / "0.0.monitor.csv")[1]
    assert list(game) == ["r", "l", "t"] and (game["r"], game["l"]) == ("3.0", "120") and float(game["t"]) == pytest.approx(2.5, abs=1e-4)
    with open(tmp_path / "logs" / "progress.csv", newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first) == NAMES
    assert (first["eprewmean"], second["eprewmean"], second["eplenmean"]) == ("nan", "2.0", "100.0")
    assert (second["misc/serial_timesteps"], second["misc/total_timesteps"], second["misc/nupdates"], second["fps"]) == ("16", "32", "2", "32")
    assert (tmp_path / "logs" / "log.txt").read_text().count("| misc/nupdates") == 2
    assert len(list((tmp_path / "tb").iterdir())) == 1
    assert joblib.load(tmp_path / "model.pkl")["beta2_power:0"] == np.float32(0.999)


def test_recent_games_are_remembered_and_nothing_is_written_twice(tmp_path, tiny_options):
    options = tiny_options(num_envs=2, num_steps=8)
    first = FreeLunchOutputs(tmp_path, options, "x", 0)
    first.add(row(1), [EndedEpisode(n % 2, float(n), 10, 2e9 + n) for n in range(150)])
    first.save(*agent())
    first.add(row(2), [EndedEpisode(0, 1000.0, 10, 3e9)])
    first.close()
    second = FreeLunchOutputs(tmp_path, options, "x", 1)
    second.add(row(2), [])
    second.save(*agent())
    second.close()
    with open(tmp_path / "logs" / "progress.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["misc/nupdates"] for r in rows] == ["1", "2"]
    assert [float(r["eprewmean"]) for r in rows] == [99.5, 99.5], "games 50 to 149"
    assert len(games(tmp_path / "logs" / "0.0.monitor.csv")[1]) == 75


def test_a_damaged_monitor_is_named(tmp_path, tiny_options):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "0.1.monitor.csv").write_text("r,l,t\n1,2\n")
    with pytest.raises(OutputError, match="0.1.monitor.csv is damaged"):
        FreeLunchOutputs(tmp_path, tiny_options(num_envs=2), "x", 0)


def test_log_tables_are_framed():
    assert boxed({"fps": 120, "loss/value_loss": 0.012345}).splitlines() == [
        "-" * 30,
        "| fps             | 120      |",
        "| loss/value_loss | 0.0123   |",
        "-" * 30,
    ]


def test_other_networks_are_refused(tmp_path, tiny_training):
    with pytest.raises(OptionError, match="the network is tiny. Choose one of them, or --no-free-lunch-outputs"):
        train(output=tmp_path / "run", **tiny_training, free_lunch_outputs=True)
    assert not (tmp_path / "run").exists()


def test_a_run_on_atari_is_a_checkpoint_of_theirs(tmp_path):
    small = {"network_options": ("channels=[2,3,2]", "attention_features=3", "features=6"), "num_envs": 2, "num_steps": 4, "minibatches": 1, "epochs": 1, "micro_batch": 8, "eval_every": 0}
    train(output=tmp_path / "run", preset="fls", **{**small, "total_steps": 8})
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (config["env_name"], config["network"]) == ("BreakoutNoFrameskip-v4", "cnn_sparse_fls")
    train(output=tmp_path / "run", resume=True, total_steps=16)
    theirs, ours = load(tmp_path / "run"), load(RunDirectory(tmp_path / "run").last)
    assert theirs.format == "free-lunch-saliency" and theirs.environment.name == "breakout"
    for layer, group in ours.parameters.items():
        for part, array in group.items():
            np.testing.assert_array_equal(theirs.parameters[layer][part], array)
    assert joblib.load(tmp_path / "run" / "model.pkl")["beta1_power:0"] == np.float32(0.9**3)
    assert len(list((tmp_path / "run" / "logs").glob("0.?.monitor.csv"))) == 2
