"""Saliency of an agent's observations, drawn over the pictures that people saw."""

import numpy as np

from rlvis.environments.preprocessing import Preprocessing
from rlvis.environments.resize import linear_weights
from rlvis.errors import OptionError


def pixel_maps(maps: np.ndarray, shape: tuple[int, int], preprocessing: Preprocessing, picture: tuple[int, int]) -> np.ndarray:
    """Maps over positions or pixels of observations as maps over another picture.

    Maps are taken by magnitude and interpolated linearly; where the agent's observation is cropped out of the picture, the
    rest of the map is 0.

    Args:
        maps: `(N, h, w)`.
        shape: `(H, W)` wanted: that of the picture, or of the observation.
        preprocessing: from the picture to the observation.
        picture: `(height, width)` of the picture.

    Returns:
        `(N, H, W)` float32, ≥ 0.
    """
    over_observation = np.abs(maps)
    if preprocessing.crop is None:
        return resize_maps(over_observation, shape)
    if tuple(shape) != tuple(picture):
        raise OptionError("this agent sees a part of the picture only, so its agreement with gaze can be computed over the whole picture only; leave out --processed-obs")
    top, bottom, left, right = preprocessing.crop
    whole = np.zeros((len(maps), *picture), np.float32)
    whole[:, top:bottom, left:right] = resize_maps(over_observation, (bottom - top, right - left))
    return whole


def resize_maps(maps: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Maps `(N, h, w)` at another size `(N, H, W)`, interpolated linearly between pixel centres."""
    if maps.shape[1:] == tuple(shape):
        return maps
    return linear_weights(maps.shape[1], shape[0]) @ maps @ linear_weights(maps.shape[2], shape[1]).T
