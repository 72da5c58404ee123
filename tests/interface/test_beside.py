"""A second agent in the index: what is its own, and which maps of the two agents are compared."""

import dataclasses
import re

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface import agent_view
from rlvis.interface.agent_view import BesideView, NetworkView
from rlvis.interface.content import AgreementContent, MapContent
from rlvis.interface.index import _counterparts, _disagreement
from rlvis.interface.plain_data import to_json
from rlvis.interface.validation import validate_index
from tests.interface import fake_content

BESIDE = BesideView("B", "b/", None, NetworkView("slab", "actor-critic", 9), ("b/3a", "b/4a"), "b/3a", ("b/gradient",))


def maps(*places):
    found = [MapContent(method, method, layer, 4, 4) for method, layer in places]
    return {entry.id: entry for entry in found}


def chosen(places, pairs):
    return _counterparts(AgreementContent("value", pairs, []), maps(*places), BESIDE)


def test_maps_at_layers_of_the_same_name_are_counterparts():
    places = [("paths", "3a"), ("gradient", None), ("paths", "b/3a"), ("paths", "b/4a"), ("b/gradient", None)]
    pairs = [("paths/3a", "gradient"), ("paths/3a", "paths/b/3a"), ("paths/3a", "paths/b/4a"), ("gradient", "b/gradient"), ("gradient", "paths/b/3a"), ("paths/b/3a", "paths/b/4a")]
    assert chosen(places, pairs) == [False, True, False, True, False, False]


def test_where_no_names_are_the_same_all_layers_are():
    places = [("paths", "conv1"), ("paths", "b/3a"), ("paths", "b/4a"), ("paths", "conv2")]
    pairs = [("paths/conv1", "paths/b/3a"), ("paths/conv1", "paths/b/4a"), ("paths/conv1", "paths/conv2"), ("paths/b/3a", "paths/b/4a")]
    assert chosen(places, pairs) == [True, True, False, False]


def test_an_agents_disagreement_with_itself_knows_nothing_of_the_other():
    places = [("paths", "3a"), ("gradient", None), ("paths", "b/3a")]
    correlations = np.array([[0.5, 0.1, 0.9], [-0.2, 0.3, 0.4]])
    agreement = AgreementContent("value", [("paths/3a", "gradient"), ("paths/3a", "paths/b/3a")], [correlations])
    [own, other] = _disagreement(agreement, maps(*places), 1, BESIDE)
    assert (own.title, own.marks[0].frame, own.marks[0].value) == ("Methods disagree most", 1, 0.1)
    assert (other.title, other.marks[0].frame, other.marks[0].value) == ("Maps unlike those of B", 0, -0.2)


@pytest.mark.parametrize("change, message", [
    ({"layers": ("b/2b", "b/9z")}, "is said to have b/9z"),
    ({"methods": ("b/magic",)}, "is said to have b/magic"),
    ({"layer": "2b"}, "the layer '2b' is shown of the second agent, B, but its own are b/2b, b/3a"),
])
def test_what_it_is_said_to_have_must_be_there(tmp_path, monkeypatch, change, message):
    kept = []
    monkeypatch.setattr("rlvis.interface.interface_writer.validate_index", kept.append)
    fake_content.write(tmp_path / "page", "beside", 1, 8)
    [index] = kept
    validate_index(index)
    with pytest.raises(OutputError, match=re.escape(message)):
        validate_index(dataclasses.replace(index, beside=dataclasses.replace(index.beside, **change)))


def test_a_page_without_a_second_agent_does_not_say_so():
    assert to_json(BESIDE)["checkpoint"] is None

    @dataclasses.dataclass
    class View:
        beside: object = dataclasses.field(default=None, metadata={"left_out_if_none": True})

    assert to_json(View()) == {} and to_json(View(3)) == {"beside": 3}


@pytest.mark.parametrize("kind", [agent_view.BesideView, agent_view.CheckpointView, agent_view.NetworkView], ids=lambda kind: kind.__name__)
def test_every_field_is_documented(kind):
    assert {field.name for field in dataclasses.fields(kind)} <= set(re.findall(r"\w+", kind.__doc__))
