"""Event files, read record by record."""

import struct

import numpy as np
import pytest
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.record_writer import masked_crc32c

from rlvis.errors import OutputError
from rlvis.training.events import EventWriter


def read_events(path):
    """The `Event` messages of a file, their checksums verified."""
    data, events = path.read_bytes(), []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12])[0] == masked_crc32c(data[:8])
        message = data[12 : 12 + length]
        assert struct.unpack("<I", data[12 + length : 16 + length])[0] == masked_crc32c(message)
        events.append(Event.FromString(message))
        data = data[16 + length :]
    return events


def test_scalars_come_back(tmp_path):
    writer = EventWriter(tmp_path / "events")
    writer.write(64, {"return_mean": 2.5, "unseen_return": float("nan"), "loss/policy_loss": -1e-3, "episodes": 3})
    writer.write(50_000_000, {"return_mean": 1 / 3})
    writer.close()
    (file,) = (tmp_path / "events").iterdir()
    first, *rest = read_events(file)
    assert first.file_version == "brain.Event:2"
    # One record a number; a step's are together.
    steps = {}
    for step, number in [(event.step, value) for event in rest for value in event.summary.value]:
        steps.setdefault(step, {})[number.tag] = number.simple_value
    assert list(steps) == [64, 50_000_000]
    assert list(steps.values()) == [{"return_mean": 2.5, "loss/policy_loss": float(np.float32(-1e-3)), "episodes": 3}, {"return_mean": float(np.float32(1 / 3))}]
    assert 1e9 < first.wall_time <= rest[0].wall_time <= rest[1].wall_time


def test_a_resumed_run_replaces_what_came_later(tmp_path):
    EventWriter(tmp_path).close()
    writer = EventWriter(tmp_path, step=300)
    writer.write(364, {"return_mean": 1.0})
    writer.close()
    first, second = sorted(tmp_path.iterdir())
    assert [event.step for event in read_events(first)] == [0]
    _, *markers, event = read_events(second)
    assert {marker.step for marker in markers} == {301}
    assert markers[-1].session_log.status == event.session_log.START
    assert event.step == 364


def test_where_nothing_can_be_written(tmp_path):
    (tmp_path / "events").write_text("a file")
    with pytest.raises(OutputError, match="TensorBoard events"):
        EventWriter(tmp_path / "events")
