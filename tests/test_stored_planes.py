import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.errors import OutputError
from rlvis.stored_planes import StoredPlanes


@pytest.mark.parametrize("limit", [0, 1e9])
def test_what_is_written_by_frame_is_read_by_feature(limit, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    values = np.random.default_rng(0).random((7, 3, 2, 4), np.float32)
    planes = StoredPlanes(values.shape, limit)
    for start in (4, 0, 2, 6):
        planes[slice(start, min(start + 2, 7))] = values[start : start + 2]
    assert len(planes) == 7 and planes.shape == values.shape
    for feature in range(4):
        assert_array_equal(planes[..., feature], values[..., feature])
        assert_array_equal(planes[2:5, ..., feature], values[2:5, ..., feature])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("limit", [0, 1e9])
def test_what_does_not_fit(limit):
    planes = StoredPlanes((2, 3, 3, 1), limit)
    with pytest.raises(ValueError, match=r"have shape \(2, 3, 3, 1\), not \(1, 3, 3, 1\)"):
        planes[slice(0, 2)] = np.zeros((1, 3, 3, 1))
    for key in ((Ellipsis, 1), (Ellipsis, -1), (slice(None), 0), (2, Ellipsis, 0)):
        with pytest.raises(IndexError, match=r"planes\[\.\.\., k\]"):
            planes[key]


def test_what_was_not_written_is_an_error():
    planes = StoredPlanes((2, 3, 3, 1), 0)
    planes[slice(0, 1)] = np.zeros((1, 3, 3, 1))
    with pytest.raises(OutputError, match="shorter"):
        planes[..., 0]
