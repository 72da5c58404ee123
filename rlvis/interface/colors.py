"""Colours of features, and observations in grey."""

import math

import numpy as np

_PRIMARIES = np.array([(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1)], np.float64)


def feature_colors(count: int) -> np.ndarray:
    """Unit vectors of clearly different hues.

    Feature k of K lies at `6 k / K` on the circle red, yellow, green, cyan, blue, magenta. The fraction D between two of
    them is drawn towards the secondary colours: `sin(πD/2)` after red, green and blue, `1 − sin(π(1−D)/2)` after the
    others.

    Args:
        count: K.

    Returns:
        `(K, 3)` float64, RGB, each of Euclidean length 1.

    Source: Hilton et al. 2020, code (feature colours).
    """
    anchors = _PRIMARIES / np.linalg.norm(_PRIMARIES, axis=1, keepdims=True)
    colors = np.empty((count, 3))
    for index in range(count):
        primary, fraction = divmod(6 * index / count, 1)
        primary = int(primary)
        fraction = math.sin(math.pi * fraction / 2) if primary % 2 == 0 else 1 - math.sin(math.pi * (1 - fraction) / 2)
        mixed = (1 - fraction) * anchors[primary] + fraction * anchors[(primary + 1) % 6]
        colors[index] = mixed / np.linalg.norm(mixed)
    return colors


def hex_colors(colors: np.ndarray) -> tuple[str, ...]:
    """Colours for the page: every vector divided by its largest component, as "#rrggbb"; `colors` is `(K, 3)`."""
    scaled = np.clip(colors / np.maximum(colors.max(axis=1, keepdims=True), 1e-12), 0, 1)
    return tuple("#" + "".join(f"{round(255 * component):02x}" for component in color) for color in scaled)


def input_colors(channels: int, stack: int = 1) -> tuple[str, ...]:
    """The colours in which gradients at the observation itself are shown, one per input channel.

    Args:
        channels: channels of one frame: 3 are red, green and blue, 1 is white, others get feature colours.
        stack: frames stacked along the channels; every frame has the same colours.
    """
    if channels == 3:
        frame = ("#ff0000", "#00ff00", "#0000ff")
    elif channels == 1:
        frame = ("#ffffff",)
    else:
        frame = hex_colors(feature_colors(channels))
    return frame * stack


def greyscale(frames: np.ndarray) -> np.ndarray:
    """Luma of RGB frames (ITU-R BT.601, as in the page); grey frames as they are.

    Args:
        frames: `(…, H, W, 1)` or `(…, H, W, 3)` uint8.

    Returns:
        `(…, H, W)` uint8.
    """
    if frames.shape[-1] == 1:
        return frames[..., 0]
    return np.rint(frames @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
