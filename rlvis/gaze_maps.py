"""A person's gaze as what is drawn: a density over the agent's own pixels, beside the agent's maps."""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from rlvis.attribution.targets import Target
from rlvis.gaze.fixations import OBSERVATION_SIGMA, fixation_density
from rlvis.interface.content import MapContent, MapPlanes
from rlvis.interface.packed_planes import LEVELS
from rlvis.rollouts.trajectory import Trajectory
from rlvis.stored_planes import StoredPlanes
from rlvis.trajectory_maps import EncodedPiece, encoded_maps

# Gaze belongs to none of the network's outputs.
GAZE = Target("gaze", "where the person looked")
METHOD, LABEL = "human_gaze", "human gaze"
# The side of the observations for which the blur is usual.
_USUAL_SIDE = 84


def gaze_maps(checkpoint, trajectories: Mapping[int, Trajectory], quiet: bool = False, levels: int = LEVELS, limit: float = math.inf) -> Iterator[list[EncodedPiece]]:
    """The density of each observation's fixations, as `encoded_maps` gives maps; 0 where no gaze is known.

    Args:
        checkpoint: the agent.
        trajectories: by number.
        quiet: no progress bar.
        levels: between zero and full colour that the maps are stored with.
        limit: bytes of one trajectory's maps to hold in memory; more go to a temporary file.
    """
    height, width = checkpoint.network.observation_shape[:2]
    content = MapContent(METHOD, LABEL, None, height, width, signed=False, details={"blur": blur(height)})

    def pieces(trajectory, advance):
        planes = StoredPlanes((len(trajectory), height, width, 1), limit)
        for frame in range(len(trajectory)):
            planes[frame : frame + 1] = frame_density(trajectory, frame, (height, width))[None, ..., None]
            advance(1)
        yield content, GAZE.id, MapPlanes(planes)

    return encoded_maps(LABEL, trajectories, pieces, quiet=quiet, levels=levels)


def frame_density(trajectory: Trajectory, frame: int, shape: tuple[int, int]) -> np.ndarray:
    """Where the person looked while one observation was shown, `(H, W)` with sum 1; all 0 if nowhere in it."""
    if not trajectory.fixations:
        return np.zeros(shape)
    starts = trajectory.fixations["starts"]
    places = [np.floor(trajectory.fixations[name][starts[frame] : starts[frame + 1]] * size).astype(int) for name, size in zip(("rows", "columns"), shape, strict=True)]
    inside = np.logical_and.reduce([(0 <= place) & (place < size) for place, size in zip(places, shape, strict=True)])
    pixels = places[0][inside] * shape[1] + places[1][inside]
    return fixation_density(pixels, shape, blur(shape[0])) if len(pixels) else np.zeros(shape)


def blur(height: int) -> float:
    """Standard deviation of the density's blur in pixels of an observation of some height."""
    return OBSERVATION_SIGMA * height / _USUAL_SIDE
