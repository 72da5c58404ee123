"""Whole runs of seconds: agents learn, stop, go on, and save what they should."""

import csv
import signal

import numpy as np
import pytest

import rlvis
from rlvis.checkpoints import load
from rlvis.errors import OptionError, OutputError
from rlvis.parallel.communicator import SingleProcess
from rlvis.training.evaluation import evaluate
from rlvis.training.run_directory import RunDirectory
from rlvis.training.trainer import Trainer, explained_variance, group_count
from rlvis.training.train import start, train

# Enough to learn the signal.
QUICK = {"num_steps": 32, "total_steps": 3072, "epochs": 4, "learning_rate": 5e-3}


def saved_state(path):
    """Everything a run would go on from, except how long it took."""
    return {name: array for name, array in RunDirectory(path).load_state().items() if name != "seconds"}


def assert_same_state(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_learns_to_read_the_signal(tmp_path, tiny_training):
    best = train(output=tmp_path / "run", **{**tiny_training, **QUICK, "eval_every": 3072, "eval_episodes": 32})
    agent = load(best)
    trained = evaluate(agent.network, agent.parameters, agent.environment, 64, seed=5)
    random = evaluate(agent.network, agent.parameters, agent.environment, 64, seed=5, random=True)
    assert random.mean < 1.6, "random play earns one reward in three, of three"
    assert trained.mean > 2.6


def test_a_memory_is_learned_through_time(tmp_path, tiny_training):
    options = {"environment_options": ("delay=true", "length=2"), "network_options": ("lstm=8",), "num_steps": 32, "total_steps": 5120, "micro_batch": 4, "learning_rate": 1e-2}
    best = train(output=tmp_path / "run", **{**tiny_training, **options, "eval_every": 5120, "eval_episodes": 32})
    agent = load(best)
    assert agent.network.recurrent
    trained = evaluate(agent.network, agent.parameters, agent.environment, 64, seed=5)
    # Without memory the second answer can only be guessed: 1 + 1/2 at best.
    assert trained.mean > 1.8


def test_resumed_is_uninterrupted_bit_for_bit(tmp_path, tiny_training):
    options = {**tiny_training, "network_options": ("lstm=4",), "micro_batch": 2, "reward_processing": "normalize"}
    train(output=tmp_path / "whole", **options)
    train(output=tmp_path / "parts", **{**options, "total_steps": 128})
    train(output=tmp_path / "parts", resume=True, total_steps=256)
    assert_same_state(saved_state(tmp_path / "whole"), saved_state(tmp_path / "parts"))
    columns = [name for name in RunDirectory(tmp_path / "whole").read_progress() if name.endswith(("loss", "entropy", "mean", "steps", "iteration"))]
    for name in columns:
        np.testing.assert_array_equal(*(RunDirectory(tmp_path / run).read_progress()[name] for run in ("whole", "parts")), err_msg=name)


@pytest.mark.parametrize(("number", "error"), [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)])
def test_a_signal_saves_first_and_loses_nothing(tmp_path, whole_run, tiny_training, number, error):
    def interrupt(row):
        if row["iteration"] == 2:
            signal.raise_signal(number)

    with pytest.raises(error):
        train(output=tmp_path / "parts", **tiny_training, report=interrupt)
    stopped = int(saved_state(tmp_path / "parts")["iteration"])
    assert 1 <= stopped < 4
    assert load(RunDirectory(tmp_path / "parts").last).metadata["training"]["steps"] == stopped * 64
    train(output=tmp_path / "parts", resume=True)
    assert_same_state(saved_state(whole_run), saved_state(tmp_path / "parts"))
    assert len(RunDirectory(tmp_path / "parts").read_progress()["steps"]) == 4


def test_a_signal_within_an_iteration_goes_back_to_its_start(tmp_path, tiny_options):
    trainer = Trainer(tiny_options(), RunDirectory(tmp_path / "run"))
    start(trainer, resume=False)
    advance, calls = trainer.collectors[0].advance, []

    def interrupt():
        advance()
        calls.append(None)
        if len(calls) == 11:
            signal.raise_signal(signal.SIGTERM)

    trainer.collectors[0].advance = interrupt
    with pytest.raises(SystemExit):
        trainer.run()
    assert len(calls) == 11, "stopped at once"
    assert saved_state(tmp_path / "run")["iteration"] == 1


def test_what_is_kept_of_a_run(tmp_path, tiny_training):
    rows = []
    best = train(output=tmp_path / "run", **{**tiny_training, "eval_every": 128, "eval_episodes": 8}, report=rows.append)
    run = RunDirectory(tmp_path / "run")
    options, extra = run.read_config()
    assert options.num_steps == 8 and extra["rlvis"] == rlvis.__version__
    with open(run.progress, newline="") as file:
        table = list(csv.DictReader(file))
    assert [int(row["steps"]) for row in table] == [64, 128, 192, 256] == [row["steps"] for row in rows]
    evaluated = [row["train_return"] != "" for row in table]
    assert evaluated == [False, True, False, True]
    fractions = run.read_progress()
    np.testing.assert_allclose(fractions["emulator_fraction"] + fractions["forward_fraction"] + fractions["update_fraction"], 1, atol=1e-6)
    agent = load(best)
    assert agent.environment.name == "sides" and agent.action_names == ("LEFT", "RIGHT", "NOOP") and agent.gamma == 0.9
    assert agent.metadata["training"]["options"]["learning_rate"] == 2e-3


def test_a_run_is_not_overwritten(whole_run, tiny_training):
    before = RunDirectory(whole_run).state.read_bytes()
    with pytest.raises(OutputError, match="--resume"):
        train(output=whole_run, **tiny_training)
    assert RunDirectory(whole_run).state.read_bytes() == before


def test_a_teacher_is_imitated(tmp_path, tiny_training):
    teacher = train(output=tmp_path / "teacher", **{**tiny_training, **QUICK, "eval_every": 3072, "eval_episodes": 32})
    # Without rewards of its own to learn from, all the student knows is what the teacher shows.
    pupil = {"reward_scale": 0.0, "teacher": str(teacher), "entropy_coefficient": 0.0, "network_options": ("width=8",)}
    rows = []
    train(output=tmp_path / "student", **{**tiny_training, **QUICK, **pupil}, report=rows.append)
    assert rows[-1]["imitation_loss"] < 0.5 * rows[0]["imitation_loss"]
    assert rows[0]["teacher_weight"] == 1 > rows[-1]["teacher_weight"]
    assert rows[-1]["return_mean"] > 2.2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rat": 1.0}, "did you mean 'learning_rate'"),
        ({"preset": "procge"}, "did you mean 'procgen'"),
        ({"reward_processing": "clamp"}, "none, clip, normalize"),
        ({"num_envs": 7, "env_groups": 2}, "multiple of 2"),
        ({"network_options": ("width",)}, "NAME=VALUE"),
        ({"gamma": 1.5}, "between 0 and 1"),
        ({"minibatches": 100}, "minibatches"),
        ({"network_options": ("normalization=true",)}, "normalization"),
    ],
)
def test_impossible_options_are_refused_before_anything_is_written(tmp_path, tiny_training, changes, message):
    with pytest.raises(OptionError, match=message):
        train(output=tmp_path / "run", **{**tiny_training, **changes})
    assert not (tmp_path / "run").exists()


def test_groups_are_shared_evenly(tiny_options):
    assert group_count(tiny_options(), 1) == 2
    assert group_count(tiny_options(num_envs=7), 1) == 1
    assert group_count(tiny_options(env_groups=4), 2) == 4
    with pytest.raises(OptionError, match="3 processes"):
        group_count(tiny_options(env_groups=4), 3)


def test_explained_variance_is_one_for_a_perfect_critic():
    class Rollout:
        values = np.array([1.0, 2.0, 3.0])

    class Batch:
        rollouts, returns = [Rollout], [np.array([1.0, 2.0, 3.0])]

    assert explained_variance(Batch, SingleProcess()) == 1
    Rollout.values = np.array([2.0, 2.0, 2.0])
    assert explained_variance(Batch, SingleProcess()) == 0
