"""What an agent sees of a recorded game: the frames a person saw, through the agent's own preprocessing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from rlvis.environments.preprocessing import Preprocessing, preprocess, push_picture, start_stack


@dataclass(frozen=True)
class ReplayOptions:
    """How frames become observations, as in the environment the agent plays.

    Attributes:
        preprocessing: from pictures to observations.
        frame_skip: frames per observation.
        max_pool: whether an observation shows the brighter of the last two frames.
    """

    preprocessing: Preprocessing = Preprocessing()
    frame_skip: int = 4
    max_pool: bool = True

    @property
    def lags(self) -> tuple[int, ...]:
        """How many frames before its last one an observation's frames are: 0, 1, 4, 5, 8, 9, 12, 13 by default."""
        pooled = (0, 1) if self.max_pool and self.frame_skip > 1 else (0,)
        return tuple(step * self.frame_skip + lag for step in range(self.preprocessing.frame_stack) for lag in pooled)


@dataclass(frozen=True)
class ReplayStep:
    """An observation `(H, W, C)` uint8, and the picture `(210, 160, 3)` uint8 that is newest in it."""

    observation: np.ndarray
    picture: np.ndarray


def count_observations(num_frames: int, options: ReplayOptions = ReplayOptions()) -> int:
    """Observations that a replay of that many frames has: those at frames 0, s, 2s, … before the last frame.

    The step that shows the last frame ends the episode, and what is seen then is the next episode's beginning.
    """
    return max(0, -(-(num_frames - 1) // options.frame_skip))


def replay(pictures: Iterable[np.ndarray], num_frames: int, options: ReplayOptions = ReplayOptions()) -> Iterator[ReplayStep]:
    """Play recorded frames to an agent whose actions change nothing.

    With frames 0, 1, … and s = `frame_skip`, observation 0 shows frame 0, and observation k the pixelwise maximum of
    frames s·k − 1 and s·k; each is stacked upon those before it. The whole recording is one episode.

    Args:
        pictures: frames 0, 1, …, `(210, 160, 3)` uint8.
        num_frames: how many there are.
        options: see `ReplayOptions`.

    Yields:
        `count_observations(num_frames, options)` steps, fewer if the pictures run out.

    Source: Nikulin et al. 2019, appendix on the evaluation of saliency.
    """
    last, before, stack = count_observations(num_frames, options) - 1, None, None
    for index, picture in enumerate(pictures):
        step, lag = divmod(index, options.frame_skip)
        if lag == 0:
            if step > last:
                return
            shown = picture if index == 0 or not options.max_pool or options.frame_skip == 1 else np.maximum(picture, before)
            seen = preprocess(shown, options.preprocessing)
            stack = start_stack(seen, options.preprocessing) if index == 0 else push_picture(stack, seen, options.preprocessing)
            yield ReplayStep(stack, shown)
        before = picture
