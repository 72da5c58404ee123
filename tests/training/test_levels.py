"""What is trained on, and what is held out."""

import pytest

from rlvis.environments.atari_options import check_atari_options
from rlvis.errors import OptionError
from rlvis.training.levels import parse_pairs, split_name, training_environment, unseen_environment
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


def test_in_atari_games_lives_are_episodes():
    options = TrainingOptions(environment="BreakoutNoFrameskip-v4", sticky_actions=0.25)
    training = training_environment(options)
    assert (training.kind, training.name) == ("atari", "BreakoutNoFrameskip-v4")
    assert training.options == {"repeat_action_probability": 0.25, "frame_stack": 4, "episodic_life": True}
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


# Cobbe et al. 2020, appendix D.
PROCGEN = {
    "network": "clear", "num_envs": 64, "num_steps": 256, "minibatches": 8, "epochs": 3, "learning_rate": 5e-4, "learning_rate_schedule": "constant", "entropy_coefficient": 0.01,
    "value_coefficient": 0.5, "max_gradient_norm": 0.5, "clip": 0.2, "clip_schedule": "constant", "value_clipping": True, "gamma": 0.999, "gae_lambda": 0.95, "total_steps": 25_000_000,
    "distribution_mode": "hard", "num_levels": 0, "start_level": 0, "frame_stack": 0, "advantage_normalization": "minibatch", "reward_processing": "normalize", "death_penalty": 0.0,
    "epsilon_greedy": 0.0, "sticky_actions": 0.0, "adam_epsilon": 1e-5,
}  # fmt: skip
DTU = PROCGEN | {
    "network": "impala", "num_envs": 32, "minibatches": 16, "gamma": 0.99, "total_steps": 8_000_000, "distribution_mode": "easy", "advantage_normalization": "batch",
    "reward_processing": "none", "value_clipping": False,
}  # fmt: skip
FREE_LUNCH = PROCGEN | {
    "environment": "BreakoutNoFrameskip-v4", "network": "cnn_sparse_fls", "seed": 1, "total_steps": 50_000_000, "num_envs": 8, "num_steps": 128, "minibatches": 4, "epochs": 4, "gamma": 0.99,
    "learning_rate": 2.5e-4, "learning_rate_schedule": "linear", "adam_epsilon": 1e-5, "clip": 0.1, "reward_processing": "clip", "free_lunch_outputs": True,
}  # fmt: skip


@pytest.mark.parametrize(("name", "published"), [("procgen", PROCGEN), ("dtu", DTU), ("fls", FREE_LUNCH)])
def test_presets_are_the_published_settings(name, published):
    options = TrainingOptions(**preset(name))
    assert {option: getattr(options, option) for option in published} == published


def test_every_preset_is_compared():
    assert set(PRESETS) == {"procgen", "dtu", "fls"}


def test_the_atari_presets_schedules():
    options = TrainingOptions(**preset("fls"))
    assert options.batch_steps == 1024 and options.iterations == 48829 and options.batch_steps // options.minibatches == 256
    assert scheduled(options, 0) == (2.5e-4, 0.1)
    rate, clip = scheduled(options, options.iterations // 2)
    assert rate == pytest.approx(1.25e-4, rel=1e-4) and clip == 0.1


def test_the_course_projects_preset():
    options = TrainingOptions(**preset("dtu"))
    assert (options.batch_steps, options.batch_steps // options.minibatches, options.gamma) == (8192, 512, 0.99)


def test_hints_are_asked_for_like_other_options():
    options = TrainingOptions(num_levels=500, environment_options=("paint_vel_info=true", "hint=expert", "expert=agents/expert.safetensors"))
    plain = TrainingOptions(num_levels=500, environment_options=("paint_vel_info=true",))
    for hinted, without in ((training_environment(options), training_environment(plain)), (unseen_environment(options), unseen_environment(plain))):
        assert (hinted.kind, hinted.name) == ("hint", "coinrun")
        assert hinted.options == {"hint": "expert", "expert": "agents/expert.safetensors", "frame_stack": 1, "environment": without.to_json()}
