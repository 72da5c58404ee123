"""The observations where agent and person agree best and worst."""

from dataclasses import dataclass

import numpy as np

# Observations nearer to each other than this (about five seconds) show the same scene.
SPACING = 75


@dataclass(frozen=True)
class Highlight:
    """One observation.

    Attributes:
        trial, index: which trial, and which observation in it.
        score: of the metric by which they are chosen.
        picture: `(210, 160, 3)` uint8, the newest picture in it.
        saliency: the agent's map `(H, W)`, ≥ 0.
        pixels: fixated pixels of the map's shape.
    """

    trial: int
    index: int
    score: float
    picture: np.ndarray
    saliency: np.ndarray
    pixels: np.ndarray

    @property
    def scene(self) -> tuple[int, int]:
        """Highlights of the same scene look alike."""
        return self.trial, self.index // SPACING


class Highlights:
    """Keeps the `count` highest and lowest scores, one a scene.

    Args:
        count: how many of each.
        metric: the scores' name.
    """

    def __init__(self, count: int = 4, metric: str = "nss"):
        self.count, self.metric = count, metric
        self.best: list[Highlight] = []
        self.worst: list[Highlight] = []

    def offer(self, highlight: Highlight) -> None:
        """Look at one more observation; scores that are NaN are left out."""
        if np.isfinite(highlight.score):
            self.best = _keep(self.best, highlight, self.count, -1)
            self.worst = _keep(self.worst, highlight, self.count, 1)


def _keep(kept, highlight, count, sign):
    rivals = [other for other in kept if other.scene == highlight.scene]
    if any(sign * other.score <= sign * highlight.score for other in rivals):
        return kept
    rest = [other for other in kept if other.scene != highlight.scene]
    return sorted([*rest, highlight], key=lambda other: sign * other.score)[:count]
