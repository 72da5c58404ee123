"""A picture of what an agent sees and attends to.

Pictures are `(H, W, 3)` float32 in [0, 1]; attention and fixations are `(h, w)` of any size, or `None`.

Source: Nikulin et al. 2019, the published evaluation's videos.
"""

import math
from collections.abc import Sequence

import numpy as np

from rlvis.environments.preprocessing import luma
from rlvis.environments.resize import linear_weights


def raw_picture(picture: np.ndarray, attention: np.ndarray | None, fixations: np.ndarray | None = None) -> np.ndarray:
    """The game's picture with attention as light: `½ (picture / 255 + attention)`; fixations glow red.

    Args:
        picture: `(H, W, 3)` uint8.
        attention: from 0 to 1.
        fixations: how often each pixel was looked at.
    """
    shown = picture * np.float32(1 / 255)
    if attention is not None:
        shown += enlarge(attention, picture.shape[:2])[..., None]
        shown *= np.float32(0.5)
    if fixations is not None and fixations.any():
        shown[..., 0] = np.maximum(shown[..., 0], enlarge(fixations / fixations.max(), picture.shape[:2]))
    return shown


def processed_picture(observation: np.ndarray, attention: np.ndarray | None, fixations: np.ndarray | None = None) -> np.ndarray:
    """The newest frame of an observation in blue, attention in green, fixations in red.

    Args:
        observation: `(H, W, C)` uint8; its last channel is the newest frame, or its last three where frames have colours
            (C a multiple of 3).
        attention, fixations: as in `raw_picture`.
    """
    size = observation.shape[:2]
    gray = luma(observation[..., -3:])[..., 0] if observation.shape[2] % 3 == 0 else observation[..., -1]
    red = np.zeros(size, np.float32) if fixations is None or not fixations.any() else enlarge(fixations / fixations.max(), size)
    green = np.zeros(size, np.float32) if attention is None else enlarge(attention, size)
    return np.stack([red, green, gray * np.float32(1 / 255)], -1)


def stack_pictures(raw: np.ndarray, processed: np.ndarray) -> np.ndarray:
    """A raw picture `(H, W, 3)` above the processed one, made as wide and square: `(H + W, W, 3)`."""
    width = raw.shape[1]
    square = np.stack([enlarge(processed[..., channel], (width, width)) for channel in range(3)], -1)
    return np.concatenate([raw, square])


def tile(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """N pictures `(H, W, 3)` in ⌈√N⌉ rows, the rest black."""
    rows = math.ceil(math.sqrt(len(pictures)))
    columns = math.ceil(len(pictures) / rows)
    blank = np.zeros_like(pictures[0])
    filled = [*pictures, *[blank] * (rows * columns - len(pictures))]
    return np.concatenate([np.concatenate(filled[row * columns : (row + 1) * columns], 1) for row in range(rows)])


def enlarge(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`(h, w)` at another size in float32, interpolated linearly between pixel centres."""
    picture = np.asarray(picture, np.float32)
    if picture.shape == tuple(size):
        return picture
    return linear_weights(picture.shape[0], size[0]) @ picture @ linear_weights(picture.shape[1], size[1]).T
