"""What is trained on, and what is held out."""

import pytest

from rlvis.environments.atari_options import check_atari_options
from rlvis.errors import OptionError
from rlvis.training.levels import parse_pairs, playing_environment, split_name, training_environment, unseen_environment
from rlvis.training.options import TrainingOptions
from rlvis.training.presets import PRESETS, preset
from rlvis.training.update import scheduled


def test_unseen_levels_come_after_those_trained_on():
    options = TrainingOptions(num_levels=500, start_level=100, distribution_mode="easy", environment_options=("paint_vel_info=true",))
    training, unseen = training_environment(options), unseen_environment(options)
    assert (training.kind, training.name) == ("procgen", "coinrun")
    assert training.options == {"distribution_mode": "easy", "num_levels": 500, "start_level": 100, "paint_vel_info": True}
    assert unseen.options == {**training.options, "start_level": 600, "num_levels": 2**31 - 1 - 600}


def test_where_every_level_is_trained_on_there_is_nothing_unseen():
    assert unseen_environment(TrainingOptions()) is None
    assert unseen_environment(TrainingOptions(environment="ALE/Breakout-v5", num_levels=5)) is None


def test_atari_agents_train_on_lives_and_play_games():
    options = TrainingOptions(environment="BreakoutNoFrameskip-v4", sticky_actions=0.25)
    training = training_environment(options)
    assert (training.kind, training.name) == ("atari", "BreakoutNoFrameskip-v4")
    assert training.options == {"repeat_action_probability": 0.25, "frame_stack": 4, "episodic_life": True}
    assert playing_environment(options).options == {**training.options, "episodic_life": False}
    check_atari_options(training.options)


@pytest.mark.parametrize(("name", "expected"), [("coinrun", ("procgen", "coinrun")), ("atari:breakout", ("atari", "breakout")), ("ALE/Pong-v5", ("atari", "ALE/Pong-v5"))])
def test_names(name, expected):
    assert split_name(name) == expected


def test_pairs():
    assert parse_pairs("x", ("a=8", "b=true", "c=text", "d=[1, 2]")) == {"a": 8, "b": True, "c": "text", "d": [1, 2]}
    with pytest.raises(OptionError, match="NAME=VALUE"):
        parse_pairs("x", ("a",))


def test_defaults_are_the_references():
    options = TrainingOptions()
    assert (options.num_envs, options.num_steps, options.minibatches, options.epochs) == (64, 256, 8, 3)
    assert (options.learning_rate, options.entropy_coefficient, options.value_coefficient, options.max_gradient_norm, options.clip) == (5e-4, 0.01, 0.5, 0.5, 0.2)
    assert (options.gamma, options.gae_lambda, options.value_clipping, options.reward_processing) == (0.999, 0.95, True, "normalize")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_possible_options(name):
    TrainingOptions(**preset(name))


def test_the_atari_preset():
    options = TrainingOptions(**preset("fls"))
    assert options.batch_steps == 1024 and options.iterations == 48829 and options.batch_steps // options.minibatches == 256
    assert scheduled(options, 0) == (2.5e-4, 0.1)
    rate, clip = scheduled(options, options.iterations // 2)
    assert rate == pytest.approx(1.25e-4, rel=1e-4) and clip == 0.1


def test_the_course_projects_preset():
    options = TrainingOptions(**preset("dtu"))
    assert (options.batch_steps, options.batch_steps // options.minibatches, options.gamma) == (8192, 512, 0.99)
