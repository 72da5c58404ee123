import json

import numpy as np
import pytest

from rlvis.environments.preprocessing import PRESETS, Preprocessing, luma, preprocess, preprocessing_from_json, push_picture, start_stack, stretch_contrast
from rlvis.errors import EnvironmentFailure

PICTURE = np.random.default_rng(0).integers(0, 256, (210, 160, 3), dtype=np.uint8)


def golden(shared, model, *names):
    with np.load(shared / "models" / model / "golden.npz") as arrays:
        return [arrays[name] for name in names]


def test_the_deepmind_wrappers_pictures_are_met_exactly(shared):
    """Made by OpenCV: RGB to grey, then INTER_AREA to 84×84."""
    pictures, observations = golden(shared, "atari-pong-acktr-kostrikov", "raw_frame", "obs")
    assert np.array_equal(preprocess(pictures, PRESETS["deepmind"])[..., 0], observations[:, -1])


@pytest.mark.parametrize("window", ["", "late_", "saliency_"])
def test_baby_a3cs_pictures_are_met_exactly(shared, window):
    """Made by SciPy's old imresize: contrast stretched to bytes, then Pillow's bilinear filter."""
    pictures, observations = golden(shared, "atari-spaceinvaders-a3cgru-babya3c", f"{window}raw_frame", f"{window}obs")
    assert np.array_equal(preprocess(pictures, PRESETS["baby_a3c"])[..., 0], np.rint(observations[:, 0] * 255))


def test_luma_is_the_rounded_weighted_sum():
    exact = PICTURE @ np.array([0.299, 0.587, 0.114])
    assert np.abs(luma(PICTURE)[..., 0] - exact).max() <= 0.51
    assert luma(np.full((2, 3), 255, np.uint8)).tolist() == [[255], [255]]


def test_contrast_is_stretched_picture_by_picture():
    pair = np.stack([PICTURE[..., :1] // 4, PICTURE[..., :1] // 2 + 20])
    stretched = stretch_contrast(pair)
    assert stretched.min((1, 2, 3)).tolist() == [0, 0] and stretched.max((1, 2, 3)).tolist() == [255, 255]
    assert np.array_equal(stretched[0], np.floor((pair[0] - pair[0].min()) * (255 / np.ptp(pair[0])) + 0.5))
    assert not stretch_contrast(np.full((1, 4, 4, 1), 7, np.uint8)).any()


def test_steps_are_taken_in_order():
    settings = Preprocessing(crop=(10, 50, 20, 60), grayscale="mean", resize=None, frame_stack=1)
    assert np.array_equal(preprocess(PICTURE, settings)[..., 0], np.rint(PICTURE[10:50, 20:60].mean(-1)))
    colour = preprocess(PICTURE[None], Preprocessing(grayscale=None, resize=(105, 80)))
    assert colour.shape == (1, 105, 80, 3)
    assert np.array_equal(preprocess(PICTURE, PRESETS["raw"]), PICTURE)
    stretched = Preprocessing(filter="bilinear", contrast_stretch=True)
    assert np.array_equal(preprocess(PICTURE, stretched), preprocess(PICTURE, Preprocessing(filter="byte_bilinear")))


@pytest.mark.parametrize("settings", [*PRESETS.values(), Preprocessing(grayscale=None, crop=(0, 100, 0, 100)), Preprocessing(filter="linear", resize=(250, 250))])
def test_the_shape_is_known_beforehand(settings):
    assert start_stack(preprocess(PICTURE, settings), settings).shape == settings.observation_shape(PICTURE.shape)


def test_the_newest_picture_is_where_it_belongs():
    pictures = [np.full((2, 2, 1), value, np.uint8) for value in (1, 2, 3)]
    for settings, expected in (
        (Preprocessing(frame_stack=3), [[0, 0, 1], [0, 1, 2], [1, 2, 3]]),
        (Preprocessing(frame_stack=3, stack_start="repeat"), [[1, 1, 1], [1, 1, 2], [1, 2, 3]]),
        (Preprocessing(frame_stack=3, stack_order="newest_first"), [[1, 0, 0], [2, 1, 0], [3, 2, 1]]),
        (Preprocessing(frame_stack=1), [[1], [2], [3]]),
    ):
        stack = start_stack(pictures[0], settings)
        seen = [stack[0, 0].tolist()]
        for picture in pictures[1:]:
            stack = push_picture(stack, picture, settings)
            seen.append(stack[0, 0].tolist())
        assert seen == expected


def test_colour_pictures_stay_together_in_the_stack():
    settings = Preprocessing(grayscale=None, frame_stack=2)
    stack = push_picture(start_stack(PICTURE, settings), PICTURE[::-1], settings)
    assert np.array_equal(stack[..., :3], PICTURE) and np.array_equal(stack[..., 3:], PICTURE[::-1])


def test_settings_survive_json():
    for settings in PRESETS.values():
        assert preprocessing_from_json(json.loads(json.dumps(settings.to_json()))) == settings
    assert preprocessing_from_json("baby_a3c") == PRESETS["baby_a3c"]
    assert preprocessing_from_json({"frame_stack": 2}).frame_stack == 2
    assert preprocessing_from_json(PRESETS["raw"]) is PRESETS["raw"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("deepmnd", "no preprocessing 'deepmnd'; did you mean 'deepmind'"),
        ({"frame_stak": 1}, "did you mean 'frame_stack'"),
        ({"frame_stack": 0}, "frame_stack must be a whole number from 1"),
        ({"grayscale": "green"}, "no grayscale 'green'; there are luma, mean, None"),
        ({"filter": "cubic"}, "there are area, bilinear, linear, byte_bilinear"),
        ({"resize": 84}, "resize must be 2 whole numbers, got 84"),
        ({"crop": [1, 2, 3]}, "crop must be 4 whole numbers"),
        ({"contrast_stretch": 1}, "contrast_stretch must be true or false"),
        (3, "preprocessing must be the name of one"),
    ],
)
def test_wrong_settings_are_refused(value, message):
    with pytest.raises(EnvironmentFailure, match=message):
        preprocessing_from_json(value)


def test_settings_that_do_not_fit_the_pictures_are_refused():
    with pytest.raises(EnvironmentFailure, match="not inside pictures of 210 rows and 160 columns"):
        Preprocessing(crop=(0, 211, 0, 160)).observation_shape(PICTURE.shape)
    with pytest.raises(EnvironmentFailure, match="only makes pictures smaller"):
        Preprocessing(resize=(220, 84)).observation_shape(PICTURE.shape)
