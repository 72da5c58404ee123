"""How bright attribution is drawn: the value that counts as fully opaque."""

import numpy as np


def frame_maxima(planes: np.ndarray) -> np.ndarray:
    """The largest magnitude in each frame, `max |x|` over `(h, w, K)`.

    Args:
        planes: displayed attribution, `(T, h, w, K)`.

    Returns:
        `(T,)` float32.
    """
    # Two reductions rather than abs(): no copy of the planes.
    return np.maximum(planes.max(axis=(1, 2, 3), initial=0), -planes.min(axis=(1, 2, 3), initial=0)).astype(np.float32)


def signed_frame_maxima(planes: np.ndarray) -> np.ndarray:
    """The largest value in each frame, `max x` over `(h, w, K)`: the published reference's choice, kept to compare with it."""
    return planes.max(axis=(1, 2, 3)).astype(np.float32)


def display_scale(maxima: np.ndarray) -> float:
    """The scale of one (trajectory, layer, output): the median over frames; if that is 0, the maximum; if that is 0, 1.

    Args:
        maxima: `(T,)`, from `frame_maxima`, or from `signed_frame_maxima` for the reference's (possibly negative) scale.

    Source: Hilton et al. 2020, code (attribution scale); attribution by magnitude is ours.
    """
    return float(np.median(maxima)) or float(np.max(maxima)) or 1.0
