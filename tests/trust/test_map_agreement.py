from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import spearmanr

from rlvis.interface.content import MapContent, MapPlanes
from rlvis.interface.interface_writer import InterfaceWriter
from rlvis.trust import map_agreement
from rlvis.trust.map_agreement import compare_written_maps, pair_correlations
from tests.interface import fake_content


def test_correlations_on_one_grid_equal_scipy():
    generator = np.random.default_rng(0)
    maps = {name: generator.integers(0, 6, (3, 5, 7)).astype(float) for name in "abc"}
    expected = [[spearmanr(x.ravel(), y.ravel()).statistic for x, y in zip(maps[a], maps[b], strict=True)] for a, b in combinations("abc", 2)]
    assert_allclose(pair_correlations(maps), expected, atol=1e-6)


def test_fine_maps_are_averaged_and_coarse_ones_interpolated():
    generator = np.random.default_rng(1)
    fine, coarse = generator.random((2, 64, 64)), generator.random((2, 4, 4))
    averaged = fine.reshape(2, 32, 2, 32, 2).mean(axis=(2, 4))
    place = np.clip((np.arange(32) + 0.5) / 8 - 0.5, 0, 3)
    rows = np.stack([np.stack([np.interp(place, np.arange(4), column) for column in each.T], axis=1) for each in coarse])
    enlarged = np.stack([np.stack([np.interp(place, np.arange(4), row) for row in each]) for each in rows])
    expected = [spearmanr(x.ravel(), y.ravel()).statistic for x, y in zip(averaged, enlarged, strict=True)]
    assert_allclose(pair_correlations({"fine": fine, "coarse": coarse})[0], expected, atol=1e-4)


def test_constant_maps_agree_with_nothing():
    maps = {"a": np.random.default_rng(2).random((2, 4, 4)), "b": np.ones((2, 4, 4))}
    assert np.isnan(pair_correlations(maps)).all()


@pytest.fixture
def writer(tmp_path):
    """Two trajectories of six frames and three maps of the value, one of them of an output that no other map has."""
    generator = np.random.default_rng(3)
    played = fake_content.game("minatar")
    with InterfaceWriter(tmp_path / "out", fake_content.content("minatar")) as writer:
        for index in range(2):
            writer.add_trajectory(fake_content.trajectory(played, 6, index))
            for method in ("first", "second", "third"):
                content = MapContent(method, method, None, 10, 10)
                for output in ("value", "logit:1") if method == "third" else ("value",):
                    writer.add_map(content, output, index, MapPlanes(generator.normal(0, 1, (6, 10, 10, 1)).astype(np.float32)))
        yield writer


def test_every_written_map_of_an_output_is_compared(writer):
    [found] = compare_written_maps(writer, 2, quiet=True)
    assert (found.output, found.pairs) == ("value", [("first", "second"), ("first", "third"), ("second", "third")])
    assert [each.shape for each in found.correlations] == [(3, 6), (3, 6)]
    strengths = [np.abs(writer.read_map(name, "value", 1)["planes"][0, 4]).ravel() for name in ("first", "third")]
    assert_allclose(found.correlations[1][1, 4], spearmanr(*strengths).statistic, atol=1e-6)


def test_only_so_many_outputs_are_compared(writer, monkeypatch):
    monkeypatch.setattr(map_agreement, "MOST_OUTPUTS", 0)
    assert compare_written_maps(writer, 2, quiet=True) == []
