"""TensorBoard event files."""

import math
import struct
import time
from collections.abc import Mapping
from pathlib import Path

from rlvis.errors import OutputError

# Bytes reversed: the polynomial of CRC-32C (Castagnoli).
_POLYNOMIAL = 0x82F63B78
_SESSION_START = 1


class EventWriter:
    """Writes scalars for TensorBoard: one file of TFRecords, each an `Event` message.

    Args:
        directory: where to write; made if it is not there.
        step: where a run goes on from; later events that are there already are marked as replaced. 0 for a new run.

    Raises:
        OutputError: if the file cannot be made.

    Source: TensorFlow's `event.proto`, `summary.proto` and "TFRecord and tf.train.Example" (format of a record).
    """

    def __init__(self, directory: Path, step: int = 0):
        directory = Path(directory)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file = open(directory / f"events.out.tfevents.{time.time():.6f}.rlvis", "xb")
        except OSError as error:
            raise OutputError(f"cannot write TensorBoard events to {directory}: {error.strerror or error}") from error
        self._write(_field(3, b"brain.Event:2"))
        if step:
            self._write(_field(2, step + 1) + _field(7, _field(1, _SESSION_START)))

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Write the numbers that are known at a step."""
        known = {name: value for name, value in values.items() if not math.isnan(value)}
        summary = b"".join(_field(1, _field(1, name.encode()) + _field(2, float(value))) for name, value in known.items())
        self._write(_field(2, step) + _field(5, summary))

    def _write(self, message):
        # The time is the only double, field 1.
        event = b"\x09" + struct.pack("<d", time.time()) + message
        length = struct.pack("<Q", len(event))
        self._file.write(length + _checksum(length) + event + _checksum(event))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _field(number: int, value: int | float | bytes) -> bytes:
    """A field of a protocol buffer: an integer as a varint, a float in 32 bits, bytes with their length in front."""
    if isinstance(value, bytes):
        return _varint(number << 3 | 2) + _varint(len(value)) + value
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    return _varint(number << 3) + _varint(value)


def _varint(value):
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])


def _table_entry(value):
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE = [_table_entry(value) for value in range(256)]


def _checksum(data):
    """The masked CRC-32C of a record's part."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
