from dataclasses import fields, is_dataclass

import pytest

from rlvis.errors import OptionError
from rlvis.options import LayerOptions, RunOptions, TrajectoryOptions, make_options


def test_nested_options_come_as_mappings():
    options = make_options(RunOptions, {"trajectories": {"num_envs": 2}, "seed": 3, "vis_subdiv_mults": [1, 2]})
    assert options.trajectories == TrajectoryOptions(2, 512) and options.seed == 3 and options.vis_subdiv_mults == (1, 2)


def test_a_single_word_is_a_list_of_one():
    assert make_options(LayerOptions, {"name_contains_one_of": "2b"}).name_contains_one_of == ("2b",)


@pytest.mark.parametrize("values, message", [
    ({"attr_polcy": True}, "did you mean 'attr_policy'"),
    ({"zzz": True}, "unknown option 'zzz'; there are load"),
    ({"seed": "one"}, "seed must be int, got 'one'"),
    ({"seed": True}, "seed must be int"),
    ({"seed": -1}, "seed must be at least 0"),
    ({"attribution_levels": 1}, "attribution_levels must be at least 2"),
    ({"attribution_levels": 501}, "attribution_levels must be at most 500"),
    ({"attr_policy": 1}, "attr_policy must be bool"),
    ({"attr_integrate_steps": None}, "attr_integrate_steps must be int"),
    ({"scrub_range": (0.1, 0.2, 0.3)}, "scrub_range must be a list"),
    ({"trajectories": {"num_step": 3}}, "did you mean 'num_steps'"),
])
def test_what_cannot_be_used_is_said(values, message):
    with pytest.raises(OptionError, match=message):
        make_options(RunOptions, values)


def every_field(kind):
    for item in fields(kind):
        if is_dataclass(item.type):
            yield from every_field(item.type)
        else:
            yield item


@pytest.mark.parametrize("item", list(every_field(RunOptions)), ids=lambda item: item.name)
def test_every_option_is_documented(item):
    assert len(item.metadata["help"]) > 10
