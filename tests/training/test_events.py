"""Event files, read by another library's definition of them."""

import struct

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.training.events import EventWriter


def read_events(path):
    """The `Event` messages of a file, their checksums compared with the library's."""
    messages = pytest.importorskip("tensorboardX.proto.event_pb2", reason="event files are read with tensorboardX")
    from tensorboardX.record_writer import masked_crc32c

    data, events = path.read_bytes(), []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12])[0] == masked_crc32c(data[:8])
        message = data[12 : 12 + length]
        assert struct.unpack("<I", data[12 + length : 16 + length])[0] == masked_crc32c(message)
        events.append(messages.Event.FromString(message))
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
    assert [event.step for event in rest] == [64, 50_000_000]
    values = [{value.tag: value.simple_value for value in event.summary.value} for event in rest]
    assert values == [{"return_mean": 2.5, "loss/policy_loss": float(np.float32(-1e-3)), "episodes": 3}, {"return_mean": float(np.float32(1 / 3))}]
    assert 1e9 < first.wall_time <= rest[0].wall_time <= rest[1].wall_time


def test_a_resumed_run_replaces_what_came_later(tmp_path):
    EventWriter(tmp_path).close()
    writer = EventWriter(tmp_path, step=300)
    writer.write(364, {"return_mean": 1.0})
    writer.close()
    first, second = sorted(tmp_path.iterdir())
    assert [event.step for event in read_events(first)] == [0]
    _, marker, event = read_events(second)
    assert (marker.step, marker.session_log.status, event.step) == (301, marker.session_log.START, 364)


def test_where_nothing_can_be_written(tmp_path):
    (tmp_path / "events").write_text("a file")
    with pytest.raises(OutputError, match="TensorBoard events"):
        EventWriter(tmp_path / "events")
