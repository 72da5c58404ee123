import numpy as np
import pytest
from scipy.ndimage import zoom

from rlvis.features.position_grids import axis_grid, interpolate

# Positions a side for layers of h cells, by density: the published definition.
SIZES = {64: (15, 32, 64, 129), 32: (7, 16, 32, 65), 16: (3, 8, 16, 33), 8: (1, 4, 8, 17)}
SUBDIVISIONS = (0.25, 0.5, 1, 2)


def zoomed(values, subdivision, axes):
    factors = [subdivision - (subdivision - 1) / size if axis in axes else 1 for axis, size in enumerate(values.shape)]
    return zoom(values, factors, order=1, mode="nearest")


@pytest.mark.parametrize("cells", SIZES)
def test_sizes(cells):
    assert tuple(len(axis_grid(cells, s)) for s in SUBDIVISIONS) == SIZES[cells]


@pytest.mark.parametrize("cells", range(1, 70))
def test_sizes_and_centres_are_those_of_zoomed_coordinates(cells):
    for s in (*SUBDIVISIONS, 0.3, 3):
        expected = zoomed(np.arange(cells + 2, dtype=np.float64), s, (0,))[1:-1] - 0.5
        np.testing.assert_allclose(axis_grid(cells, s).centres, expected, atol=1e-5)


@pytest.mark.parametrize("subdivision", [*SUBDIVISIONS, 0.3, 3])
@pytest.mark.parametrize("shape", [(8, 8), (16, 11), (7, 20)])
def test_activations_are_those_of_the_zoomed_layer(shape, subdivision):
    activations = np.random.default_rng(0).random((5, *shape), np.float32)
    padded = np.pad(activations, [(0, 0), (1, 1), (1, 1)], mode="edge")
    expected = zoomed(padded, subdivision, (1, 2))[:, 1:-1, 1:-1]
    rows, columns = (axis_grid(size, subdivision) for size in shape)
    values = interpolate(np.moveaxis(activations, 0, -1), rows, columns, np.arange(len(rows) * len(columns)))
    assert expected.shape == (5, len(rows), len(columns))
    np.testing.assert_allclose(values.T.reshape(expected.shape), expected, rtol=1e-5, atol=1e-6)


def test_density_one_gives_the_cells_exactly():
    activations = np.random.default_rng(0).random((6, 9, 4), np.float32)
    rows, columns = axis_grid(6, 1), axis_grid(9, 1)
    np.testing.assert_array_equal(interpolate(activations, rows, columns, np.arange(54)), activations.reshape(54, 4))
    np.testing.assert_array_equal(rows.centres, np.arange(6) + 0.5)


def test_small_layers_have_no_coarse_grid():
    assert len(axis_grid(4, 0.25)) == 0
