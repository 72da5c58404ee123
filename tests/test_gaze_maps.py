import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import gaussian_filter

from rlvis.gaze_maps import blur, frame_density, gaze_maps
from rlvis.interface.planes import decode_map
from rlvis.rollouts.trajectory import Trajectory


@pytest.fixture
def watched():
    """Three frames of 16 × 16: two fixations in the first (one of them beside the picture), none in the second, one in the third."""
    fixations = {"starts": np.array([0, 2, 2, 3]), "rows": np.array([0.51, 1.2, 0.3], np.float32), "columns": np.array([0.26, 0.5, 0.9], np.float32)}
    return Trajectory(np.zeros((3, 16, 16, 3), np.uint8), np.zeros(3, int), np.zeros(3), np.zeros(3, bool), np.zeros(3, bool), np.zeros((3, 5)), np.zeros(3), fixations=fixations)


def test_a_density_is_the_fixations_blurred(watched):
    place = np.zeros((16, 16))
    place[8, 4] = 1
    expected = gaussian_filter(place, blur(16), mode="mirror", truncate=4)
    assert_allclose(frame_density(watched, 0, (16, 16)), expected / expected.sum(), atol=1e-3)
    assert_array_equal(frame_density(watched, 1, (16, 16)), 0)
    assert blur(84) == 2


def test_every_trajectory_has_a_map(corridor_agent, watched):
    blind = Trajectory(**{**vars(watched), "fixations": {}})
    pieces = [piece for of_trajectory in gaze_maps(corridor_agent, {0: watched, 1: blind}, quiet=True) for piece in of_trajectory]
    assert [(content.id, encoded.output, encoded.trajectory) for content, encoded in pieces] == [("human_gaze", "gaze", 0), ("human_gaze", "gaze", 1)]
    seen, unknown = (decode_map(encoded.chunk) for _, encoded in pieces)
    assert seen["planes"].shape == (1, 3, *corridor_agent.network.observation_shape[:2])
    assert_allclose(seen["sums"][:, 0], [1, 0, 1], rtol=1e-5)
    assert not unknown["planes"].any()
