import numpy as np
from numpy.testing import assert_allclose

from rlvis.gaze.highlights import Highlight
from rlvis.reports.gaze_page import BINS, HEIGHT, WIDTH, cell, distribution, frame


def points(line):
    return np.array([pair.split(",") for pair in line["points"].split()], float)


def test_distributions_share_bins_and_scale():
    generator = np.random.default_rng(0)
    values = {"agent": generator.normal(0, 1, 500), "control": generator.normal(2, 1, 300), "nothing": np.zeros(0)}
    chart = distribution("NSS", values)
    edges = np.histogram_bin_edges(np.concatenate(list(values.values())), BINS)
    shares = {source: np.histogram(values[source], edges)[0] / len(values[source]) for source in ("agent", "control")}
    tallest = max(share.max() for share in shares.values())
    assert [line["source"] for line in chart["lines"]] == ["agent", "control"]
    for line in chart["lines"]:
        corners = points(line)
        assert corners[0, 0] == 0 and corners[-1, 0] == WIDTH
        assert_allclose(corners[::2, 1], HEIGHT * (1 - shares[line["source"]] / tallest), atol=0.06)
    assert chart["low"] == f"{edges[0]:.3g}".replace("-", "−")


def test_distribution_of_equal_values_and_of_none():
    assert points(distribution("CC", {"agent": np.full(3, 0.5)})["lines"][0])[:, 1].min() == 0
    assert distribution("CC", {"agent": np.zeros(0)})["lines"] == []


def test_cells():
    assert cell({"mean": 1.23456, "interval": [1, 2]}) == {"mean": "1.235", "interval": "1.000 to 2.000"}
    assert cell({"mean": 0.5, "interval": None})["interval"] == ""
    assert cell({"mean": None, "interval": None}) == {"mean": "–", "interval": "not defined"}


def test_a_flat_map_over_observations_is_shown():
    shown = frame(Highlight(3, 7, 0.125, np.zeros((210, 160, 3), np.uint8), np.zeros((84, 84)), np.array([0, 84 * 83 + 83])))
    assert (shown["trial"], shown["observation"], shown["score"]) == (3, 7, "0.12")
    assert shown["person"].startswith("data:image/png;base64,") and shown["person"] != shown["agent"]
