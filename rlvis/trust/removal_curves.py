"""Insertion and deletion: how outputs change as pixels disappear, or appear, in the order that a map gives them."""

from dataclasses import dataclass

import jax
import numpy as np

from rlvis.networks import Network
from rlvis.parallel.batches import run_batches
from rlvis.saliency.mask_groups import group_masks
from rlvis.saliency.perturbed_outputs import perturbed_outputs
from rlvis.saliency.scores import softmax

RANDOM, CENTRE = "random order", "from the centre"


@dataclass(frozen=True)
class RemovalCurves:
    """Outputs of N frames after shares 0, 1/S, …, 1 of their pixels were deleted, or inserted.

    Attributes:
        deletion, insertion: `(N, S + 1)`: of the probability of the action that the intact frame makes most probable, or
            of the distance `|v − v'|` to the intact frame's value.
    """

    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def deletion_area(self) -> np.ndarray:
        """Area under each frame's deletion curve, `(N,)`, the share of pixels running from 0 to 1."""
        return area(self.deletion)

    @property
    def insertion_area(self) -> np.ndarray:
        """Area under each frame's insertion curve, `(N,)`."""
        return area(self.insertion)


def removal_curves(network: Network, parameters, observations, fill, maps, state=None, steps: int = 16) -> tuple[RemovalCurves, RemovalCurves]:
    """Delete pixels, the most salient first, and insert them in the same order into an empty picture.

    A good map of the action makes its probability fall quickly under deletion (small area) and rise quickly under
    insertion (large area); a good map of the value makes the distance to the intact value grow quickly under deletion
    (large area) and vanish quickly under insertion (small area).

    Args:
        network, parameters: the network.
        observations: `(N, H, W, C)` normalised.
        fill: what a deleted pixel shows, `(N, H, W, C)`.
        maps: `(N, H, W)`.
        state: the memory fed with the observations, a pytree with leading axis N.
        steps: S.

    Returns:
        Curves of the action's probability, and of the value's distance.

    Source: Petsiuk et al. 2018, section 3.3.
    """

    def of_frame(frame):
        order = removal_order(maps[frame], steps)
        groups = group_masks(network, np.concatenate([order, 1 - order]), local=False)
        outputs = perturbed_outputs(network, parameters, observations[frame : frame + 1], fill[frame : frame + 1], groups, _one(state, frame))
        return softmax(outputs.perturbed_logits[0])[:, outputs.logits[0].argmax()], np.abs(outputs.perturbed_value[0] - outputs.value[0])

    probabilities, distances = zip(*run_batches(of_frame, range(len(observations))), strict=True)
    return tuple(RemovalCurves(*np.split(np.stack(curves), 2, axis=1)) for curves in (probabilities, distances))


def removal_order(saliency: np.ndarray, steps: int) -> np.ndarray:
    """Masks of the pixels deleted after each step, `(steps + 1, H, W)` float32: ⌊k H W / steps⌉ most salient ones are 1 after step k.

    Ties are broken by position, row by row.
    """
    place = np.empty(saliency.size, np.int64)
    place[np.argsort(-saliency.ravel(), kind="stable")] = np.arange(saliency.size)
    counts = np.rint(np.linspace(0, saliency.size, steps + 1))
    return (place.reshape(saliency.shape) < counts[:, None, None]).astype(np.float32)


def area(curves: np.ndarray) -> np.ndarray:
    """Area under curves `(N, S + 1)` over [0, 1] by the trapezoidal rule, `(N,)`."""
    return (curves[:, 1:] + curves[:, :-1]).mean(axis=1) / 2


def baseline_maps(count: int, height: int, width: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Maps that know nothing: pixels in random order, and from the centre outwards, each `(count, height, width)`."""
    rows, columns = np.mgrid[:height, :width]
    distance = np.hypot((rows + 0.5) / height - 0.5, (columns + 0.5) / width - 0.5)
    noise = np.stack([np.random.default_rng([seed, index]).random((height, width), np.float32) for index in range(count)])
    return {RANDOM: noise, CENTRE: np.broadcast_to(-distance.astype(np.float32), (count, height, width))}


def _one(state, frame):
    return jax.tree.map(lambda part: part[frame : frame + 1], state)
