"""Maps that know nothing of the agent: what agreement with gaze is worth has to be judged against them."""

from collections.abc import Sequence

import numpy as np

from rlvis.gaze.fixations import Fixations, fixation_density

# Standard deviation of the centre bias, as a share of the picture's sides.
CENTRE_SPREAD = 0.25
# Share of the mean fixation map that is the same for all pixels: nowhere is it impossible to look.
UNIFORM_SHARE = 0.01


def centre_bias(shape: tuple[int, int]) -> np.ndarray:
    """A Gaussian at the middle of an `(H, W)` picture, its standard deviations a quarter of the height and of the width."""
    rows, columns = (np.exp(-0.5 * ((np.arange(length) - (length - 1) / 2) / (CENTRE_SPREAD * length)) ** 2) for length in shape)
    return np.outer(rows, columns)


def mean_fixation_map(fixations: Sequence[Fixations], sigma: float) -> np.ndarray | None:
    """Where people look in a game on the whole: `0.99 · density + 0.01 · uniform` of all fixations of some trials; `None` if there are none."""
    pixels = np.concatenate([np.zeros(0, np.intp), *(part for trial in fixations for part in trial.pixels)])
    if not len(pixels):
        return None
    density = fixation_density(pixels, fixations[0].shape, sigma)
    return (1 - UNIFORM_SHARE) * density + UNIFORM_SHARE / density.size
