import json

import pytest

from rlvis.environments.atari_options import AtariOptions, atari_game, check_atari_options
from rlvis.environments.preprocessing import PRESETS, Preprocessing
from rlvis.errors import EnvironmentFailure

GAMES = ("beam_rider", "breakout", "hero", "ms_pacman", "pong", "riverraid", "space_invaders", "up_n_down", "atlantis2")
PLAIN = {"max_pool": False, "noop_max": 0, "fire_reset": False}


@pytest.mark.parametrize(
    ("name", "game", "implied"),
    [
        ("breakout", "breakout", {}),
        ("Breakout", "breakout", {}),
        ("MsPacman", "ms_pacman", {}),
        ("UpNDown", "up_n_down", {}),
        ("Riverraid", "riverraid", {}),
        ("Atlantis2", "atlantis2", {}),
        ("SpaceInvadersNoFrameskip-v4", "space_invaders", {}),
        ("BeamRiderNoFrameskip-v0", "beam_rider", {"repeat_action_probability": 0.25}),
        ("SpaceInvaders-v4", "space_invaders", {**PLAIN, "frame_skip": (2, 4)}),
        ("Pong-v0", "pong", {**PLAIN, "frame_skip": (2, 4), "repeat_action_probability": 0.25}),
        ("PongDeterministic-v4", "pong", {**PLAIN, "frame_skip": 4}),
        ("SpaceInvadersDeterministic-v4", "space_invaders", {**PLAIN, "frame_skip": 3}),
        ("ALE/Breakout-v5", "breakout", {**PLAIN, "frame_skip": 4, "repeat_action_probability": 0.25}),
    ],
)
def test_gym_ids_are_understood(name, game, implied):
    assert atari_game(name, GAMES) == (game, implied)
    check_atari_options(implied)


def test_unknown_games_suggest_the_nearest():
    with pytest.raises(EnvironmentFailure, match="no Atari game 'Spaceinvader'; did you mean 'space_invaders'"):
        atari_game("Spaceinvader", GAMES)
    with pytest.raises(EnvironmentFailure, match="no Atari game 'CartPole-v1'"):
        atari_game("CartPole-v1", GAMES)
    with pytest.raises(EnvironmentFailure, match="memory, not pictures"):
        atari_game("Breakout-ram-v4", GAMES)


def test_defaults_are_those_of_the_common_wrappers():
    options = check_atari_options({})
    assert options == AtariOptions(Preprocessing(), 4, True, 0.0, 30, True, False, False, 108_000, None, None)


def test_options_survive_json():
    options = check_atari_options({"preprocessing": "baby_a3c", "frame_skip": [2, 4], "frame_limit": None, "mode": 1})
    assert options.preprocessing == PRESETS["baby_a3c"] and options.frame_skip == (2, 4)
    assert check_atari_options(json.loads(json.dumps(options.to_json()))) == options


def test_the_stack_may_be_given_beside_the_preprocessing():
    assert check_atari_options({"frame_stack": 2}).preprocessing == Preprocessing(frame_stack=2)
    assert check_atari_options({"frame_stack": 2, "preprocessing": "raw"}).preprocessing == Preprocessing(grayscale=None, resize=None, frame_stack=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frameskip": 4}, "no option 'frameskip'; did you mean 'frame_skip'"),
        ({"frame_skip": 0}, "frame_skip must be a whole number from 1"),
        ({"frame_skip": [4, 2]}, "frame_skip must be a whole number from 4"),
        ({"frame_skip": [2, 3, 4]}, "frame_skip must be one number or the least and the most"),
        ({"repeat_action_probability": 1.5}, "must be from 0 to 1"),
        ({"repeat_action_probability": True}, "must be from 0 to 1"),
        ({"frame_stack": 0}, "frame_stack must be a whole number from 1"),
        ({"episodic_life": 1}, "episodic_life must be true or false"),
        ({"noop_max": -1}, "noop_max must be a whole number from 0"),
        ({"frame_limit": 0}, "frame_limit must be a whole number from 1"),
        ({"preprocessing": "nothing"}, "there is no preprocessing"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(EnvironmentFailure, match=message):
        check_atari_options(options)
