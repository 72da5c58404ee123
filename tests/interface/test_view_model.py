import dataclasses
import inspect
import json
import re
from pathlib import Path

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface import bookmark_view, interface_writer, trust_view, view_model
from rlvis.interface.bookmark_view import BookmarkView, MarkListView, MarkView
from rlvis.interface.plain_data import to_json
from rlvis.interface.validation import validate_index
from rlvis.interface.view_model import ActionView, EnvironmentView, EpisodeView, Index
from tests.interface import fake_content

VIEWS = sorted({kind for module in (bookmark_view, trust_view, view_model) for _, kind in inspect.getmembers(module, dataclasses.is_dataclass)}, key=lambda kind: kind.__name__)


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Index:
    """The index of a small interface."""
    kept = []
    original = interface_writer.validate_index
    interface_writer.validate_index = lambda index: (kept.append(index), original(index))
    try:
        fake_content.write(tmp_path_factory.mktemp("index") / "out", "procgen", 2, 20)
    finally:
        interface_writer.validate_index = original
    return kept[0]


@pytest.mark.parametrize("kind", VIEWS, ids=lambda kind: kind.__name__)
def test_every_field_is_documented(kind):
    words = set(re.findall(r"\w+", kind.__doc__))
    assert {field.name for field in dataclasses.fields(kind)} <= words


def test_the_index_is_plain_json(index):
    plain = to_json(index)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert (plain["format"], plain["version"]) == ("rlvis-interface", 1)
    assert [episode["return"] for episode in plain["trajectories"][0]["episodes"]] == [episode.return_ for episode in index.trajectories[0].episodes]


def test_bookmarks_are_at_extremes(index):
    assert index.bookmarks.low[0].advantage == min(bookmark.advantage for bookmark in index.bookmarks.low) < 0
    assert index.bookmarks.high[0].advantage == max(bookmark.advantage for bookmark in index.bookmarks.high) > 0


def test_disagreement_is_marked_between_methods_where_there_are_several(index):
    [marks] = index.marks
    assert marks.title == "Methods disagree most"
    values = [mark.value for mark in marks.marks]
    assert values == sorted(values)


def test_values_become_plain():
    value = EnvironmentView("a", "b", {1: np.float32(0.5), "path": Path("x/y"), "set": {3, 1}, "array": np.arange(3), "inf": float("inf"), "none": None})
    assert to_json(value)["options"] == {"1": 0.5, "path": "x/y", "set": [1, 3], "array": [0, 1, 2], "inf": "inf", "none": None}
    assert to_json(ActionView("UP", directions=("up",))) == {"name": "UP", "glyph": "", "short": "", "directions": ["up"]}
    assert to_json(EpisodeView(0, 3, 3, 1.5, True, False))["return"] == 1.5


def replaced(item, path, change):
    """A copy of nested dataclasses, sequences and mappings with one place changed."""
    if not path:
        return change(item)
    first, *rest = path
    if dataclasses.is_dataclass(item):
        return dataclasses.replace(item, **{first: replaced(getattr(item, first), rest, change)})
    if isinstance(item, dict):
        return {**item, first: replaced(item[first], rest, change)}
    return [replaced(each, rest, change) if number == first else each for number, each in enumerate(item)]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["version"], 2, "version 2"),
        (["trajectories"], [], "at least one trajectory"),
        (["outputs", 1, "id"], "value", "outputs appear twice: value"),
        (["outputs", 1, "actions"], [15], "there are 15 actions"),
        (["layers", 1, "id"], "2b", "layers appear twice: 2b"),
        (["layers", 1, "colors"], ["#ff0000"], "8 features but 1 colours"),
        (["layers", 1, "examples"], "nowhere", "chunk 'nowhere'"),
        (["trajectories", 0, "frames"], "nowhere", "chunk 'nowhere'"),
        (["trajectories", 0, "length"], 21, "has 21 frames"),
        (["trajectories", 0, "episodes", 0, "end"], 3, "its episodes are"),
        (["maps", 1, "layer"], "9z", "layer '9z'"),
        (["maps", 1, "features"], 7, "8"),
        (["maps", 1, "outputs"], ["logit:99"], "logit:99"),
        (["maps", 1, "chunks", "value"], ["trajectory-0"], "covers 1 of 2"),
        (["maps", 1, "scales"], {}, "lacks scales"),
        (["maps", 1, "scales", "value", "sums"], [1.0], "lacks scales"),
        (["maps", 1, "scales", "value", "all"], 0.0, "not a positive number"),
        (["maps", 1, "scales", "value", "all"], float("nan"), "not a positive number"),
        (["examples"], None, "no example observations"),
        (["defaults", "layer"], "9z", "default layer"),
        (["defaults", "method"], "magic", "default method"),
        (["bookmarks", "low"], [BookmarkView(2, 0, -1.0)], "trajectory 2"),
        (["bookmarks", "high"], [BookmarkView(0, 20, 1.0)], "frame 20"),
        (["marks"], [MarkListView("a", "b", [MarkView(0, 20, 1.0)])], "frame 20"),
        (["trust", "chunks"], ["agreement-0"], "agreement covers 1 of 2"),
        (["trust", "agreement", 0, "means"], [], "0 means"),
        (["trust", "agreement", 0, "pairs", 0], ("magic", "perturbation"), "map 'magic' of value"),
        (["trust", "judgements", 0, "source"], "magic", "about map 'magic'"),
    ],
)
def test_what_does_not_fit_is_named(index, path, value, message):
    validate_index(index)
    with pytest.raises(OutputError, match=message):
        validate_index(replaced(index, path, lambda _: value))
