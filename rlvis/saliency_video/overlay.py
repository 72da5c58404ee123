"""Maps as coloured light over pictures."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from rlvis.environments.resize import linear_weights
from rlvis.saliency.blur import gaussian_matrix

Box = tuple[int, int, int, int]


def overlay(picture: np.ndarray, maps: Sequence[np.ndarray], colors: Sequence[tuple[float, float, float]], intensity: float, blend: float = 0.0) -> np.ndarray:
    """Add maps to a picture as light, `clip(picture + light)` with `light = Σ_i intensity · map_i · color_i`, or mix the two.

    Args:
        picture: `(H, W, 3)` uint8.
        maps: each `(H, W)`, from 0 to 1.
        colors: of each map, (red, green, blue) from 0 to 1.
        intensity: what a map of 1 adds to a channel, from 0 to 255.
        blend: if not 0, the share b of light in the mixture `clip((1 − b) · picture + b · light)`.

    Returns:
        `(H, W, 3)` uint8.

    Source: Greydanus et al. 2018, published code, where actor and critic have a channel each.
    """
    light = np.tensordot(np.stack(maps).astype(np.float32), intensity * np.asarray(colors, np.float32), axes=(0, 0))
    light = (1 - blend) * picture + blend * light if blend else light + picture
    return np.clip(light + 0.5, 0, 255).astype(np.uint8)


def place_map(saliency: np.ndarray, size: tuple[int, int], box: Box | None = None, sigma: float = 0.0) -> np.ndarray:
    """A map enlarged to the part of a picture that it is about, zero elsewhere.

    Args:
        saliency: `(h, w)`.
        size: (height, width) of the picture.
        box: (top, bottom, left, right) of that part in the picture; all of it if `None`.
        sigma: of a Gaussian blur afterwards, in pixels of the picture.
    """
    top, bottom, left, right = box or (0, size[0], 0, size[1])
    placed = np.zeros(size, np.float32)
    placed[top:bottom, left:right] = _weights(saliency.shape[0], bottom - top) @ saliency @ _weights(saliency.shape[1], right - left).T
    return gaussian_matrix(size[0], sigma) @ placed @ gaussian_matrix(size[1], sigma).T if sigma else placed


_weights = lru_cache(maxsize=32)(linear_weights)


def one_sign(maps: np.ndarray, sign: str) -> np.ndarray:
    """Maps without negative values: their "absolute" values, or only the "positive" or "negative" ones as magnitudes."""
    return np.abs(maps) if sign == "absolute" else np.maximum(maps if sign == "positive" else -maps, 0)


def enlarge_picture(picture: np.ndarray, factor: int) -> np.ndarray:
    """A picture `(H, W, 3)` each of whose pixels becomes a square of `factor` × `factor`."""
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)
