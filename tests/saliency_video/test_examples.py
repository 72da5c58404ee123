"""The recipes in examples/videos.py are command lines that rlvis understands."""

import importlib.util
from pathlib import Path

import pytest

from rlvis.command_line import make_parser
from rlvis.command_line.arguments import read_options
from rlvis.evaluation.options import EvaluationOptions
from rlvis.saliency_video.clip import choose
from rlvis.saliency_video.options import SaliencyVideoOptions

PATH = Path(__file__).parents[2] / "examples" / "videos.py"


@pytest.fixture(scope="module")
def videos():
    specification = importlib.util.spec_from_file_location("videos", PATH)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("greydanus", {"start": 150, "frames": 20, "fps": 8, "colors": ("blue", "red"), "outputs": ("policy", "value"), "blend": 0.0}),
        ("xaitk", {"blend": 0.6, "intensity": 255.0, "scale": "frame", "fps": 30, "legend": False}),
        ("dtu", {"outputs": ("policy",), "colors": ("red",), "sigma": 5.0, "height": 512, "frames": 128, "fps": 5}),
    ],
)
def test_saliency_recipes(videos, recipe, expected):
    options = read_options(make_parser().parse_args(videos.arguments(recipe, "agent.pt", "clip.gif")), SaliencyVideoOptions)
    assert {name: getattr(options, name) for name in expected} == expected
    [(method, settings)] = choose(options)
    assert (method.name, settings.stride, settings.stretch) == ("perturbation", 4 if recipe == "dtu" else 5, recipe == "xaitk")


def test_attention_recipe_and_further_options(videos):
    options = read_options(make_parser().parse_args(videos.arguments("fls", "run", "out", "--fps", "9")), EvaluationOptions)
    assert (options.raw_obs, options.processed_obs, options.num_env, options.fps) == (True, True, 1, 9)


def test_an_unknown_recipe_is_named(videos):
    with pytest.raises(SystemExit, match="no recipe 'magic'; there are greydanus"):
        videos.arguments("magic", "agent.pt", "clip.gif")
