import dataclasses

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface.content import MapContent
from rlvis.interface.encoding import episodes, smallest_unsigned, trajectory_chunk
from tests.interface import fake_content


def some_trajectory():
    return fake_content.trajectory(fake_content.game("minatar"), 20, 0)


@pytest.mark.parametrize("part", ["rewards", "values", "advantages", "logits", "actions", "firsts", "dones"])
def test_every_part_must_be_as_long(part):
    whole = some_trajectory()
    with pytest.raises(OutputError, match=f"20 observations but 19 {part}"):
        dataclasses.replace(whole, **{part: getattr(whole, part)[:19]})


def test_rows_must_be_as_long():
    whole = some_trajectory()
    with pytest.raises(OutputError, match="19 row distance"):
        dataclasses.replace(whole, rows=[dataclasses.replace(whole.rows[0], values=np.zeros(19))])


def test_trajectories_have_frames():
    with pytest.raises(OutputError, match="no frames"):
        dataclasses.replace(some_trajectory(), observations=np.zeros((0, 10, 10, 4)))


@pytest.mark.parametrize("part", ["rewards", "values", "advantages", "logits"])
def test_numbers_must_be_finite(part):
    whole = some_trajectory()
    getattr(whole, part)[3] = np.nan
    with pytest.raises(OutputError, match=f"{part} that are not finite"):
        trajectory_chunk("t", whole)


@pytest.mark.parametrize("action", [-1, 3])
def test_actions_must_exist(action):
    whole = some_trajectory()
    whole.actions[3] = action
    with pytest.raises(OutputError, match="logits of 3 actions"):
        trajectory_chunk("t", whole)


def test_episodes():
    whole = some_trajectory()
    firsts, dones = np.zeros(20, bool), np.zeros(20, bool)
    dones[[4, 12]] = firsts[[5, 13]] = True
    rewards = np.arange(20.0)
    found = episodes(dataclasses.replace(whole, firsts=firsts, dones=dones, rewards=rewards))
    assert [(part.start, part.end, part.length, part.return_, part.begun, part.ended) for part in found] == [
        (0, 5, 5, 10.0, False, True),
        (5, 13, 8, 68.0, True, True),
        (13, 20, 7, 112.0, True, False),
    ]


def test_map_ids():
    assert MapContent("integrated_gradients", "", "2b", 1, 1).id == "integrated_gradients/2b"
    assert MapContent("perturbation", "", None, 1, 1).id == "perturbation"


def test_smallest_types():
    assert [smallest_unsigned(count) for count in (1, 256, 257, 65536, 65537)] == [np.uint8, np.uint8, np.uint16, np.uint16, np.uint32]
