"""Where a person looked while an observation was made, as pixels, and as densities."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rlvis.gaze.atari_head import Gaze
from rlvis.gaze.frame_archive import FRAME_SIZE
from rlvis.gaze.replay import ReplayOptions, count_observations

RAW_SHAPE = (FRAME_SIZE[1], FRAME_SIZE[0])
# Standard deviation of the density's blur, in pixels of the frame and of an 84 × 84 observation.
RAW_SIGMA, OBSERVATION_SIGMA = 5.0, 2.0


@dataclass(frozen=True)
class Fixations:
    """Fixated pixels of N observations.

    Attributes:
        pixels: per observation `(n,)` int, numbers of pixels in row-major order; a pixel that was looked at twice is in
            there twice.
        shape: `(H, W)` of the picture whose pixels they are.
    """

    pixels: tuple[np.ndarray, ...]
    shape: tuple[int, int]

    def __len__(self):
        return len(self.pixels)

    def counts(self, index: int) -> np.ndarray:
        """How often each pixel was looked at, `(H, W)` int."""
        return np.bincount(self.pixels[index], minlength=self.shape[0] * self.shape[1]).reshape(self.shape)


def collect_fixations(gaze: Gaze, options: ReplayOptions = ReplayOptions(), shape: tuple[int, int] = RAW_SHAPE, frame_offset: int = 0) -> Fixations:
    """The fixations that belong to each observation of a replay: those at every frame that is visible in it.

    Args:
        gaze: of the trial.
        options: of the replay.
        shape: `(H, W)` of the pictures in which pixels are counted; positions are scaled to it.
        frame_offset: take the gaze of the frame that many later than the frame itself. 0 is the gaze recorded while the
            frame was on the screen: text and pictures carry the same id, and since the game waited for the player's
            action at every frame, there is no reaction time to allow for. −1 is what the published evaluation did, which
            counted pictures from 0 and gaze from 1.

    Returns:
        Fixations of `count_observations` observations; positions outside the picture are left out.
    """
    height, width = shape
    scale = np.array([FRAME_SIZE[0], FRAME_SIZE[1]], float)
    per_frame = []
    for positions in gaze.positions:
        # Half-way cases go to the even pixel, as Python rounds.
        columns, rows = (np.rint(positions / scale * (width, height)) if shape != RAW_SHAPE else np.rint(positions)).T
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        per_frame.append((rows[inside] * width + columns[inside]).astype(np.intp))
    by_number = dict(zip(gaze.numbers.tolist(), per_frame, strict=True))
    nothing = np.zeros(0, np.intp)
    found = []
    for index in range(count_observations(len(gaze.numbers), options)):
        frames = [index * options.frame_skip - lag for lag in options.lags]
        parts = [by_number.get(int(gaze.numbers[frame]) + frame_offset, nothing) for frame in frames if frame >= 0]
        found.append(np.concatenate(parts))
    return Fixations(tuple(found), shape)


def fixation_density(pixels: np.ndarray, shape: tuple[int, int], sigma: float) -> np.ndarray:
    """Fixations as a density: counts blurred by a Gaussian, divided by their sum.

    The Gaussian is cut off and its border reflected as OpenCV does it for pictures of floating point numbers.

    Args:
        pixels: `(n,)`, n ≥ 1.
        shape: `(H, W)`.
        sigma: in pixels.

    Returns:
        `(H, W)` float64 with sum 1.
    """
    rows, columns = np.divmod(pixels, shape[1])
    # A sum of outer products: blurring is linear, and each fixation is a product of a row and a column.
    density = blur_matrix(shape[0], sigma)[:, rows] @ blur_matrix(shape[1], sigma)[:, columns].T
    return density / density.sum()


@lru_cache(maxsize=16)
def blur_matrix(length: int, sigma: float) -> np.ndarray:
    """Gaussian blur along an axis of that many pixels as a matrix `(length, length)`.

    The kernel has `round(8σ + 1) | 1` taps; beyond the border pixels are reflected without repeating the last one.
    """
    taps = round(8 * sigma + 1) | 1
    offsets = np.arange(taps) - taps // 2
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    weights /= weights.sum()
    matrix = np.zeros((length, length))
    period = max(1, 2 * (length - 1))
    for offset, weight in zip(offsets, weights, strict=True):
        source = np.abs(np.arange(length) + offset) % period
        source = np.where(source >= length, period - source, source)
        np.add.at(matrix, (np.arange(length), source), weight)
    return matrix


def draw_others(fixations: Fixations, indices: Sequence[int], count: int, seed: int = 42) -> dict[int, np.ndarray]:
    """For each of some observations, the fixated pixels of other observations of the trial: where people look in this game anyway.

    Args:
        fixations: of the trial.
        indices: the observations, in order.
        count: how many others each gets, drawn with replacement; 0: all others.
        seed: of the draws, which are those of the published evaluation.
    """
    if count == 0:
        everything = np.concatenate(fixations.pixels)
        starts = np.cumsum([0, *map(len, fixations.pixels)])
        return {index: np.concatenate([everything[: starts[index]], everything[starts[index + 1] :]]) for index in indices}
    generator = np.random.RandomState(seed)
    others = {}
    for index in indices:
        if len(fixations) < 2:
            others[index] = np.zeros(0, np.intp)
            continue
        drawn = generator.randint(len(fixations) - 1, size=count)
        drawn[drawn >= index] += 1
        others[index] = np.concatenate([fixations.pixels[other] for other in drawn])
    return others
