"""What a saliency video can be told."""

import json
from dataclasses import dataclass
from typing import Any

from PIL import ImageColor

from rlvis.errors import OptionError
from rlvis.options import option

PICTURES, SCALES, SIGNS = ("raw", "observation"), ("frame", "clip"), ("absolute", "positive", "negative")
SUFFIXES = (".mp4", ".webm", ".mkv", ".gif", ".png")


@dataclass(frozen=True)
class SaliencyVideoOptions:
    """What `rlvis saliency` does."""

    methods: tuple[str, ...] = option(("perturbation",), "saliency methods, side by side")
    method_options: tuple[str, ...] = option((), "their options as METHOD.NAME=VALUE, such as perturbation.stride=4; without METHOD: for every method that has it")
    outputs: tuple[str, ...] = option(("policy", "value"), "what is explained: policy, value, logit:3, …")
    colors: tuple[str, ...] = option(("blue", "red", "lime", "orange"), "one colour per output: a name or #rrggbb")
    picture: str = option("raw", "what the maps are drawn over: raw (the environment's own picture) or observation (the newest frame that the agent sees)")
    height: int = option(320, "enlarge small pictures to about this height, in pixels", minimum=16)
    sigma: float = option(0.0, "Gaussian blur of the maps, in pixels of the video")
    intensity: float = option(200.0, "brightness from 0 to 255 that is added where a map is 1")
    blend: float = option(0.0, "0: maps add light to the picture; between 0 and 1: that share of light is mixed with the picture")
    scale: str = option("clip", "what is 1: the largest value in each frame, or in the median frame of the clip")
    sign: str = option("absolute", "of signed maps show: absolute, positive or negative values")
    start: int = option(0, "the first step shown", minimum=0)
    frames: int = option(200, "steps shown", minimum=1)
    fps: int = option(15, "frames per second", minimum=1)
    greedy: bool = option(False, "always take the most probable action, rather than sampling")
    legend: bool = option(True, "a strip below with step, action and value")
    seed: int = option(0, "seed of the environment and of the actions", minimum=0)

    def __post_init__(self):
        for name, choices in (("picture", PICTURES), ("scale", SCALES), ("sign", SIGNS)):
            if getattr(self, name) not in choices:
                raise OptionError(f"option {name} is {getattr(self, name)!r}; there are {', '.join(choices)}")
        if not self.methods or not self.outputs:
            raise OptionError("a saliency video needs at least one method and one output")
        if len(self.colors) < len(self.outputs):
            raise OptionError(f"{len(self.outputs)} outputs need as many colours, got {len(self.colors)}")
        if self.sigma < 0 or self.intensity < 0:
            raise OptionError("sigma and intensity cannot be negative")
        if not 0 <= self.blend <= 1:
            raise OptionError(f"option blend is {self.blend}; expected a share between 0 and 1")
        for color in self.colors:
            color_weights(color)


def color_weights(color: str) -> tuple[float, float, float]:
    """A colour's red, green and blue from 0 to 1; raises `OptionError` for what is no colour."""
    try:
        return tuple(part / 255 for part in ImageColor.getrgb(color)[:3])
    except ValueError as error:
        raise OptionError(f"{color!r} is no colour; expected a name such as blue, or #rrggbb") from error


def parse_setting(text: str) -> tuple[str, Any]:
    """Name and value of NAME=VALUE; a value is JSON where it can be, else text.

    Raises:
        OptionError: if there is no "=".
    """
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        raise OptionError(f"--method-options has {text!r}; expected METHOD.NAME=VALUE, such as perturbation.stride=4")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value
