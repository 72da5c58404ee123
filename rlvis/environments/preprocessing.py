"""From the emulator's colour pictures to what an agent sees: crop, grey, contrast, size, and a stack of frames."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from rlvis.environments.resize import resize_area, resize_bilinear, resize_linear
from rlvis.environments.checks import suggestion
from rlvis.errors import EnvironmentFailure

GRAYSCALES = ("luma", "mean", None)
FILTERS = {"area": resize_area, "bilinear": resize_bilinear, "linear": resize_linear, "byte_bilinear": resize_bilinear}
STACK_ORDERS = ("newest_last", "newest_first")
STACK_STARTS = ("zeros", "repeat")
# 0.299, 0.587 and 0.114 as OpenCV has them, in units of 2⁻¹⁵.
LUMA_WEIGHTS = np.array([9798, 19235, 3735], np.float32)
LUMA_BITS = 15


@dataclass(frozen=True)
class Preprocessing:
    """How a colour picture becomes an observation; steps are taken in the order of the fields.

    Attributes:
        crop: `(top, bottom, left, right)` in pixels, kept are rows top … bottom − 1 and columns left … right − 1; None: all.
        grayscale: "luma" (0.299 R + 0.587 G + 0.114 B), "mean" of the channels, or None for colour.
        contrast_stretch: stretch each picture linearly so that its darkest value becomes 0 and its brightest 255.
        resize: `(height, width)`; None: leave the size.
        filter: "area" (mean over the covered area), "bilinear" (smoothed, as in Pillow), "linear" (interpolated at points,
            as in OpenCV), or "byte_bilinear" ("bilinear" after `contrast_stretch`: SciPy's old imresize).
        frame_stack: K, how many of the latest pictures make an observation.
        stack_order: which end of the channels holds the newest picture.
        stack_start: what fills the stack when an episode starts: "zeros", or "repeat" for the first picture.
    """

    crop: tuple[int, int, int, int] | None = None
    grayscale: str | None = "luma"
    contrast_stretch: bool = False
    resize: tuple[int, int] | None = (84, 84)
    filter: str = "area"
    frame_stack: int = 4
    stack_order: str = "newest_last"
    stack_start: str = "zeros"

    def __post_init__(self):
        for name, length in (("crop", 4), ("resize", 2)):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _whole_numbers(name, value, length))
        for name, known in (("grayscale", GRAYSCALES), ("filter", tuple(FILTERS)), ("stack_order", STACK_ORDERS), ("stack_start", STACK_STARTS)):
            if getattr(self, name) not in known:
                raise EnvironmentFailure(f"preprocessing has no {name} {getattr(self, name)!r}; there are {', '.join(map(str, known))}")
        if not isinstance(self.frame_stack, int) or isinstance(self.frame_stack, bool) or self.frame_stack < 1:
            raise EnvironmentFailure(f"frame_stack must be a whole number from 1, got {self.frame_stack!r}")
        if not isinstance(self.contrast_stretch, bool):
            raise EnvironmentFailure(f"contrast_stretch must be true or false, got {self.contrast_stretch!r}")

    def to_json(self) -> dict[str, Any]:
        """The fields as plain values, for `preprocessing_from_json`."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def observation_shape(self, picture_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """`(H, W, C)` of observations made from pictures of that shape.

        Raises:
            EnvironmentFailure: if the crop is outside the pictures, or "area" would have to enlarge them.
        """
        top, bottom, left, right = self.crop or (0, picture_shape[0], 0, picture_shape[1])
        if not (0 <= top < bottom <= picture_shape[0] and 0 <= left < right <= picture_shape[1]):
            raise EnvironmentFailure(f"crop {self.crop} is not inside pictures of {picture_shape[0]} rows and {picture_shape[1]} columns")
        height, width = self.resize or (bottom - top, right - left)
        if self.filter == "area" and (height > bottom - top or width > right - left):
            raise EnvironmentFailure(f"filter 'area' only makes pictures smaller: {bottom - top}×{right - left} cannot become {height}×{width}")
        return height, width, self.frame_stack * (picture_shape[2] if self.grayscale is None else 1)


def preprocessing_from_json(value: "str | Mapping[str, Any] | Preprocessing") -> Preprocessing:
    """A preprocessing from a preset's name, or from the fields that differ from "deepmind".

    Raises:
        EnvironmentFailure: for an unknown preset or field, or a value that a field cannot have.
    """
    if isinstance(value, Preprocessing):
        return value
    if isinstance(value, str):
        if value not in PRESETS:
            raise EnvironmentFailure(f"there is no preprocessing {value!r}{suggestion(value, PRESETS)}")
        return PRESETS[value]
    if not isinstance(value, Mapping):
        raise EnvironmentFailure(f"preprocessing must be the name of one ({', '.join(PRESETS)}) or its fields, got {value!r}")
    known = [item.name for item in fields(Preprocessing)]
    for name in value:
        if name not in known:
            raise EnvironmentFailure(f"preprocessing has no field {name!r}{suggestion(name, known)}")
    return Preprocessing(**value)


def preprocess(pictures: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """What the agent sees of some pictures, before stacking.

    Args:
        pictures: `(…, H, W, 3)` uint8 RGB.
        preprocessing: how; its stack is not used here.

    Returns:
        `(…, h, w, C)` uint8, C = 1 for grey.
    """
    if preprocessing.crop is not None:
        top, bottom, left, right = preprocessing.crop
        pictures = pictures[..., top:bottom, left:right, :]
    if preprocessing.grayscale == "luma":
        pictures = luma(pictures)
    elif preprocessing.grayscale == "mean":
        pictures = pictures.mean(-1, keepdims=True)
    if preprocessing.contrast_stretch or preprocessing.filter == "byte_bilinear":
        pictures = stretch_contrast(pictures)
    elif pictures.dtype != np.uint8:
        pictures = np.rint(pictures).astype(np.uint8)
    if preprocessing.resize is not None:
        pictures = FILTERS[preprocessing.filter](pictures, preprocessing.resize)
    return pictures


def luma(pictures: np.ndarray) -> np.ndarray:
    """Brightness of RGB pictures `(…, 3)` as `(…, 1)` uint8: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded like OpenCV."""
    # Exact: the sums are whole numbers below 2²⁴.
    sums = pictures.astype(np.float32) @ LUMA_WEIGHTS
    return ((sums + 2.0 ** (LUMA_BITS - 1)) * 2.0**-LUMA_BITS).astype(np.uint8)[..., None]


def stretch_contrast(pictures: np.ndarray) -> np.ndarray:
    """Each picture of `(…, H, W, C)` stretched to the full range: ⌊255 (x − min) / (max − min) + ½⌋ as uint8; flat pictures become 0."""
    pictures = pictures.astype(np.float64)
    darkest = pictures.min((-3, -2, -1), keepdims=True)
    spread = pictures.max((-3, -2, -1), keepdims=True) - darkest
    # The factor is computed first, as SciPy's bytescale did: in another order some values round differently.
    return ((pictures - darkest) * (255 / np.where(spread == 0, 1, spread)) + 0.5).astype(np.uint8)


def start_stack(picture: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """The observation at the start of an episode.

    Args:
        picture: `(h, w, C)`, preprocessed.
        preprocessing: says how many pictures make an observation and what fills the rest.

    Returns:
        `(h, w, K·C)`.
    """
    if preprocessing.stack_start == "repeat":
        return np.tile(picture, preprocessing.frame_stack)
    return push_picture(np.zeros((*picture.shape[:2], picture.shape[2] * preprocessing.frame_stack), picture.dtype), picture, preprocessing)


def push_picture(stack: np.ndarray, picture: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """A stack `(h, w, K·C)` with a picture `(h, w, C)` more and the oldest one less."""
    channels = picture.shape[2]
    if preprocessing.stack_order == "newest_last":
        return np.concatenate([stack[..., channels:], picture], -1)
    return np.concatenate([picture, stack[..., : stack.shape[2] - channels]], -1)


def _whole_numbers(name, value, length):
    if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != length or any(not hasattr(number, "__index__") or isinstance(number, bool) or number < 0 for number in value):
        raise EnvironmentFailure(f"{name} must be {length} whole numbers, got {value!r}")
    return tuple(int(number) for number in value)


PRESETS = {
    # The wrappers of Mnih et al. 2015 as in OpenAI Baselines.
    "deepmind": Preprocessing(),
    # Greydanus et al. 2018 and their trainer baby-a3c.
    "baby_a3c": Preprocessing(crop=(35, 195, 0, 160), grayscale="mean", resize=(80, 80), filter="byte_bilinear", frame_stack=1),
    "raw": Preprocessing(grayscale=None, resize=None, frame_stack=1),
}
