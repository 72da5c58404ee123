import dataclasses
import os
from itertools import combinations

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface.chunks import chunk_arrays, chunk_media
from rlvis.interface.content import MapContent
from rlvis.interface.encoding import agreement_chunk
from rlvis.interface.interface_writer import InterfaceWriter, safe_name
from rlvis.interface.packed_planes import error_bound
from rlvis.interface.planes import decode_map, encode_map
from rlvis.interface.reading import read_chunk, read_index
from rlvis.interface.sheets import pictures, read_sheets
from rlvis.interface.view_model import MemoryView
from rlvis.interface.writing import verify
from tests.interface import fake_content


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A small interface: two trajectories of ten frames."""
    directory = tmp_path_factory.mktemp("interface") / "out"
    assert fake_content.write(directory, "atari", 2, 10) == directory / "interface.html"
    return directory


def files(directory):
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["procgen", "minatar"])
def test_every_kind_is_written(tmp_path, kind):
    fake_content.write(tmp_path / "out", kind, 1, 4)
    index = read_index(tmp_path / "out")
    assert verify(tmp_path / "out") == 1 + len(index["chunks"])


def test_trajectories_come_back(written):
    index, played = read_index(written), fake_content.game("atari")
    for number, entry in enumerate(index["trajectories"]):
        expected = fake_content.trajectory(played, 10, number)
        arrays = chunk_arrays(read_chunk(written, index, entry["chunk"]))
        for name in ("rewards", "values", "advantages", "logits", "actions", "firsts", "dones"):
            np.testing.assert_array_equal(arrays[name], np.asarray(getattr(expected, name)).astype(arrays[name].dtype))
        np.testing.assert_array_equal(arrays["row:distance"], expected.rows[0].values.astype(np.float32))
        for part in index["memory"]:
            trace = expected.memory[part["id"]]
            np.testing.assert_array_equal(arrays[f"memory:{part['id']}:norm"], trace.norm)
            np.testing.assert_array_equal(arrays[f"memory:{part['id']}:change"], trace.change)
            np.testing.assert_allclose(arrays[f"memory:{part['id']}:units"], trace.units.T, atol=np.abs(trace.units).max() / 250)
        frames = read_chunk(written, index, entry["frames"])
        shown = read_sheets(frames.header["entries"], chunk_media(frames), 84, 84)
        np.testing.assert_array_equal(shown[..., :1], pictures(expected.observations, fake_content.content("atari").observation))
        human = read_chunk(written, index, entry["human"])
        assert read_sheets(human.header["entries"], chunk_media(human), 210, 160).shape == (10, 210, 160, 3)


def test_gaze_comes_back(tmp_path):
    fake_content.write(tmp_path / "out", "gaze", 1, 10)
    index = read_index(tmp_path / "out")
    expected = fake_content.trajectory(fake_content.game("gaze"), 10, 0).fixations
    arrays = chunk_arrays(read_chunk(tmp_path / "out", index, "trajectory-0"))
    np.testing.assert_array_equal(arrays["gaze/starts"], expected.starts)
    for name in ("rows", "columns"):
        np.testing.assert_allclose(arrays[f"gaze/{name}"], getattr(expected, name), atol=1 / 4096)
    assert index["human"]["seen"] == [35 / 210, 195 / 210, 0, 1]
    best, worst = index["marks"][1:]
    assert (best["title"], best["meaning"], worst["title"]) == ("Highest gaze: NSS", "they agree best", "Lowest gaze: NSS")
    # Frames without gaze are not bookmarked, whatever stands in their row.
    assert (best["marks"][0]["frame"], worst["marks"][0]["frame"]) == (9, 1)


def test_agreement_comes_back(written):
    index = read_index(written)
    [agreement] = index["trust"]["agreement"]
    names = [entry["id"] for entry in index["maps"]]
    assert agreement["pairs"] == [list(pair) for pair in combinations(names, 2)]
    rows = [chunk_arrays(read_chunk(written, index, name))["value"] for name in index["trust"]["chunks"]]
    assert [each.shape for each in rows] == [(len(agreement["pairs"]), 10)] * 2
    np.testing.assert_allclose(np.concatenate(rows, axis=1).mean(axis=1), agreement["means"], atol=0.005)
    [marks] = index["marks"]
    across = [len({name.partition("/")[0] for name in pair}) == 2 for pair in agreement["pairs"]]
    lowest = min((row[across].mean(axis=0).min(), number) for number, row in enumerate(rows))
    assert marks["marks"][0]["trajectory"] == lowest[1]
    assert marks["marks"][0]["value"] == pytest.approx(lowest[0], abs=0.005)


def test_unknown_agreement_is_told_apart_from_none():
    chunk = agreement_chunk("agreement-0", {"value": np.array([[0.0, np.nan, -1.0, 1.0]])})
    stored = np.round(100 * chunk_arrays(chunk)["value"])
    np.testing.assert_array_equal(stored, [[0, -128, -100, 100]])


def test_maps_come_back(written):
    index = read_index(written)
    entry = next(entry for entry in index["maps"] if entry["layer"] == "relu2")
    layer = fake_content.game("atari").layers[1]
    for trajectory, name in enumerate(entry["chunks"]["value"]):
        arrays = decode_map(read_chunk(written, index, name))
        expected = fake_content.planes(layer, 10, trajectory, 0)
        assert arrays["planes"].shape == (9, 10, 9, 9)
        np.testing.assert_allclose(arrays["planes"][:8].transpose(1, 2, 3, 0), expected.planes, atol=0.1 * entry["scales"]["value"]["trajectories"][trajectory])
        np.testing.assert_allclose(arrays["sums"][:, 8], expected.residual.sum(axis=(1, 2, 3)), rtol=1e-4, atol=1e-6)


def test_scales_follow_the_frames_maxima(written):
    index = read_index(written)
    for entry in index["maps"]:
        maxima = [chunk_arrays(read_chunk(written, index, name))["maxima"] for name in entry["chunks"]["value"]]
        assert entry["scales"]["value"]["trajectories"] == [float(np.median(part)) for part in maxima]
        assert entry["scales"]["value"]["all"] == float(np.median(np.concatenate(maxima)))


def test_features_come_back(written):
    index = read_index(written)
    layer = index["layers"][0]
    assert index["examples"]["count"] == fake_content.EXAMPLES
    arrays = chunk_arrays(read_chunk(written, index, layer["examples"]))
    expected = fake_content.features(fake_content.game("atari").layers[0])
    for mosaic in expected.mosaics:
        np.testing.assert_array_equal(arrays[f"3/{mosaic.subdivision}/observation"], mosaic.observation[3])
        np.testing.assert_allclose(arrays[f"3/{mosaic.subdivision}/strength"], mosaic.strength[3], atol=0.5 / 63 + 1e-6)
        np.testing.assert_allclose(arrays[f"{mosaic.subdivision}/centre_rows"], mosaic.centre_rows, rtol=1e-6)
    assert arrays["7/thumbnail/row"].shape == (4, 4)
    np.testing.assert_allclose(arrays["0/strongest/column"], expected.strongest.column[0], rtol=1e-6)
    optimized = read_chunk(written, index, layer["optimized"])
    assert [entry["key"] for entry in optimized.header["entries"]] == [f"feature-{feature}" for feature in range(8)]


def test_a_single_file_holds_the_same(written, tmp_path):
    fake_content.write(tmp_path / "out", "atari", 2, 10, single_file=True)
    assert sorted(os.listdir(tmp_path / "out")) == ["interface.html", "manifest.json"]
    many, one = read_index(written), read_index(tmp_path / "out")
    assert {name: entry["file"] for name, entry in one["chunks"].items()} == dict.fromkeys(many["chunks"])
    for name in many["chunks"]:
        assert read_chunk(tmp_path / "out", one, name) == read_chunk(written, many, name)
    assert {**one, "chunks": None} == {**many, "chunks": None}


def test_the_same_content_gives_the_same_bytes(written, tmp_path):
    fake_content.write(tmp_path / "out", "atari", 2, 10)
    assert files(tmp_path / "out") == files(written)


def test_chunks_are_as_the_index_says(written):
    index = read_index(written)
    for entry in index["chunks"].values():
        assert (written / entry["file"]).stat().st_size == entry["bytes"]
        assert entry["sha256"].startswith(entry["file"].split(".")[-2])


def test_an_earlier_interface_is_replaced(tmp_path):
    fake_content.write(tmp_path / "out", "minatar", 1, 4)
    fake_content.write(tmp_path / "out", "minatar", 2, 5)
    assert len(read_index(tmp_path / "out")["trajectories"]) == 2
    assert len(files(tmp_path / "out")) == 1 + verify(tmp_path / "out")


def start(tmp_path, **changes):
    """A writer for a MinAtar interface with one trajectory added."""
    writer = InterfaceWriter(tmp_path / "out", dataclasses.replace(fake_content.content("minatar"), **changes))
    writer.add_trajectory(fake_content.trajectory(fake_content.game("minatar"), 5, 0))
    return writer


MAP = MapContent("saliency", "saliency", None, 4, 4)


def test_memory_is_as_the_content_says(tmp_path):
    part = MemoryView("gru/h", "gru h", 4, (0,), 1.0)
    with pytest.raises(OutputError, match="disagree about the parts of the memory: gru/h"):
        start(tmp_path, memory=(part,))
    trajectory = dataclasses.replace(fake_content.trajectory(fake_content.game("minatar"), 5, 0), memory={"gru/h": fake_content.memory(part, np.zeros(5, bool), 0)})
    trajectory.memory["gru/h"].norm[3] = np.nan
    with InterfaceWriter(tmp_path / "out", dataclasses.replace(fake_content.content("minatar"), memory=(part,))) as writer:
        with pytest.raises(OutputError, match="memory gru/h holds numbers that are not finite"):
            writer.add_trajectory(trajectory)


def test_nothing_shows_before_the_end(tmp_path):
    (tmp_path / "out").mkdir()
    with start(tmp_path):
        assert os.listdir(tmp_path / "out") == []
    assert os.listdir(tmp_path) == ["out"]


def test_maps_encoded_elsewhere(tmp_path):
    values = fake_content.saliency(4, 4, 5, 0)
    with start(tmp_path) as writer:
        writer.add_encoded_map(MAP, encode_map(MAP, "value", 0, values, writer.map_name(MAP, "value", 0)))
        writer.finish()
    assert read_index(tmp_path / "out")["maps"][0]["chunks"] == {"value": ["saliency-value-0"]}


def test_more_levels_where_asked(tmp_path):
    values = fake_content.saliency(4, 4, 5, 0)
    with start(tmp_path, map_levels=100) as writer:
        writer.add_map(MAP, "value", 0, values)
        writer.finish()
    index = read_index(tmp_path / "out")
    found = decode_map(read_chunk(tmp_path / "out", index, "saliency-value-0"))["planes"][0]
    bound = error_bound(values.planes, index["maps"][0]["scales"]["value"]["all"], 100)[..., 0] * (1 + 1e-5)
    assert bound.max() < 0.02
    assert (np.abs(found - values.planes[..., 0]) <= bound).all()


def test_notes_may_come_last(tmp_path):
    with start(tmp_path, notes=("first",)) as writer:
        writer.finish(["second"])
    assert read_index(tmp_path / "out")["notes"] == ["first", "second"]


def test_defaults_are_the_middle_hidden_layer_and_its_method(written, tmp_path):
    assert (read_index(written)["defaults"]["layer"], read_index(written)["defaults"]["method"]) == ("relu2", "integrated_gradients")
    with start(tmp_path, layers=()) as writer:
        writer.finish()
    assert (read_index(tmp_path / "out")["defaults"]["layer"], read_index(tmp_path / "out")["defaults"]["method"]) == (None, None)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda writer: writer.add_map(MAP, "logit:9", 0, fake_content.saliency(4, 4, 5, 0)), "logit:9"),
        (lambda writer: [writer.add_map(MAP, "value", 0, fake_content.saliency(4, 4, 5, 0)) for _ in range(2)], "added twice"),
        (lambda writer: [writer.add_map(dataclasses.replace(MAP, label=label), label, 0, fake_content.saliency(4, 4, 5, 0)) for label in ("a", "b")], "two ways"),
        (lambda writer: writer.add_map(dataclasses.replace(MAP, layer="5c"), "value", 0, fake_content.saliency(4, 4, 5, 0)), "layer '5c'"),
        (lambda writer: writer.add_features(fake_content.features(fake_content.game("minatar").layers[0])), "add the examples first"),
        (lambda writer: writer.add_trajectory(fake_content.trajectory(fake_content.game("atari"), 5, 0)), r"logits \(5, 4\), expected \(5, 3\)"),
    ],
)
def test_pieces_that_do_not_fit(tmp_path, wrong, message):
    with pytest.raises(OutputError, match=message), start(tmp_path) as writer:
        wrong(writer)
        writer.finish()
    assert os.listdir(tmp_path) == []


def test_maps_must_cover_all_trajectories(tmp_path):
    with pytest.raises(OutputError, match="covers 1 of 2 trajectories"), start(tmp_path) as writer:
        writer.add_trajectory(fake_content.trajectory(fake_content.game("minatar"), 5, 1))
        writer.add_map(MAP, "value", 1, fake_content.saliency(4, 4, 5, 0))
        writer.finish()


def test_an_interface_without_trajectories(tmp_path):
    with pytest.raises(OutputError, match="at least one trajectory"), InterfaceWriter(tmp_path / "out", fake_content.content("minatar")) as writer:
        writer.finish()


def test_hostile_names(tmp_path):
    hostile = "</script><script>alert(1)</script>\u2028\"'&<!-- ../../x"
    content = fake_content.content("minatar")
    layers = [dataclasses.replace(content.layers[0], id=hostile, label=hostile, names={0: hostile})]
    with start(tmp_path, title=hostile, layers=layers) as writer:
        layer = layers[0]
        writer.add_map(MapContent("m", hostile, hostile, 10, 10, 8, True, True, True), "value", 0, fake_content.planes(layer, 5, 0, 0))
        writer.finish()
    index = read_index(tmp_path / "out")
    assert index["title"] == index["layers"][0]["id"] == index["layers"][0]["names"]["0"] == hostile
    assert sorted(os.listdir(tmp_path)) == ["out"]
    assert verify(tmp_path / "out") == 1 + len(index["chunks"])


def test_safe_names():
    names = ["a-b", "A-b", "a b", "a/b", "a:b", "ä", "../x", "x" * 300 + "y z", "x" * 300 + "z z"]
    safe = [safe_name(name) for name in names]
    assert safe[0] == "a-b"
    assert len({name.lower() for name in safe}) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-") and len(name) < 100 for name in safe)
