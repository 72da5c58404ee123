"""Frames out of a trial's archive, in order, without unpacking anything to disk; the archive is not trusted."""

import bz2
import io
import re
import struct
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from rlvis.errors import DatasetError

FRAME_SIZE = (160, 210)
_NUMBER = re.compile(r"_(\d{1,9})\.png$", re.IGNORECASE)
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
# A frame of 160 × 210 pixels without any compression has 100 kB.
_LARGEST_MEMBER = 1 << 20
_LARGEST_HEADER = 1 << 16
_MOST_MEMBERS = 1_000_000
# Two hours of play have some 150 000 frames of a few kB.
_MOST_BYTES = 16 << 30
_MOST_WAITING_BYTES = 2 << 30
_HEADERS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_ALLOWED = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE)


class _CheckedInfo(tarfile.TarInfo):
    """Refuses a member by its header, before anything that the header announces is read."""

    @classmethod
    def frombuf(cls, buffer, encoding, errors):
        info = super().frombuf(buffer, encoding, errors)
        if info.type in _HEADERS:
            if info.size > _LARGEST_HEADER:
                raise DatasetError(f"an extended header of {info.size} bytes; that is no archive of frames")
        elif info.type not in _ALLOWED:
            raise DatasetError(f"member {info.name[:80]!r} is neither a file nor a directory; that is no archive of frames")
        elif info.size > _LARGEST_MEMBER:
            raise DatasetError(f"member {info.name[:80]!r} has {info.size} bytes; frames of 160 × 210 pixels have fewer than {_LARGEST_MEMBER}")
        return info


def read_frames(path) -> Iterator[tuple[int, np.ndarray]]:
    """Every frame of a trial by number.

    Frames are given as soon as it is their turn; what comes early in the archive waits in memory, as compressed PNG.

    Args:
        path: a `.tar.bz2` archive with members `…_1.png`, `…_2.png`, … of 160 × 210 pixels.

    Yields:
        The frame's number, and its picture `(210, 160, 3)` uint8.

    Raises:
        DatasetError: if the archive is damaged, or holds anything that frames do not need: links, devices, paths that
            lead elsewhere, large members, other pictures.
    """
    waiting: dict[int, bytes] = {}
    waiting_bytes, turn = 0, None
    with _damage_as_errors(path):
        for number, data in _members(path):
            if number in waiting or (turn is not None and number < turn):
                raise DatasetError(f"frame {number} is in the archive twice")
            waiting[number] = data
            waiting_bytes += len(data)
            if waiting_bytes > _MOST_WAITING_BYTES:
                raise DatasetError("more than 2 GiB of frames are out of order")
            turn = 1 if turn is None else turn
            while turn in waiting:
                data = waiting.pop(turn)
                waiting_bytes -= len(data)
                yield turn, decode_frame(data, turn)
                turn += 1
        for number in sorted(waiting):
            yield number, decode_frame(waiting.pop(number), number)


def frame_numbers(path) -> np.ndarray:
    """The numbers of the frames in a trial's archive, `(F,)` int, ascending; refuses what `read_frames` does, but opens no picture."""
    path = Path(path)
    with _damage_as_errors(path):
        state = path.stat()
        return _frame_numbers(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def _frame_numbers(path, _size, _changed):
    numbers = np.sort(np.fromiter((number for number, _ in _members(path)), int))
    if not len(numbers):
        raise DatasetError("no member is a frame, named …_1.png and so on")
    repeated = numbers[1:][np.diff(numbers) == 0]
    if len(repeated):
        raise DatasetError(f"frame {repeated[0]} is in the archive twice")
    numbers.flags.writeable = False
    return numbers


@contextmanager
def _damage_as_errors(path):
    try:
        yield
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from error
    except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError) as error:
        raise DatasetError(f"{path} is no archive of frames, or it is damaged: {error}") from error


def _members(path):
    total = 0
    # Archives that were compressed in parallel consist of several streams, which tarfile itself does not read.
    with bz2.open(path) as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_CheckedInfo) as archive:
        for count, member in enumerate(archive):
            # tarfile keeps every member it has seen.
            archive.members = []
            parts = member.name.split("/")
            if member.issparse() or member.size > _LARGEST_MEMBER or ".." in parts or parts[0] == "" or "\\" in member.name:
                raise DatasetError(f"member {member.name[:80]!r} is not a frame")
            total += member.size
            if count >= _MOST_MEMBERS or total > _MOST_BYTES:
                raise DatasetError(f"more than {_MOST_MEMBERS} members or {_MOST_BYTES >> 30} GiB; that is more than a trial")
            match = _NUMBER.search(member.name)
            # Files that start with a dot are what one system keeps beside the others.
            if match and not member.isdir() and not parts[-1].startswith("."):
                yield int(match.group(1)), archive.extractfile(member).read(_LARGEST_MEMBER)


def decode_frame(data: bytes, number: int) -> np.ndarray:
    """The picture `(210, 160, 3)` uint8 in a PNG file.

    Raises:
        DatasetError: if it is anything else.
    """
    if data.startswith(_PNG_START):
        # Before the pictures' library sees it: it warns of huge pictures.
        _check_size(struct.unpack_from(">II", data.ljust(24, b"\0"), 16), number)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            _check_size(picture.size, number)
            return np.asarray(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error, zlib.error, Image.DecompressionBombError) as error:
        raise DatasetError(f"frame {number} is no PNG picture, or it is damaged: {error}") from error


def _check_size(size, number):
    if size != FRAME_SIZE:
        raise DatasetError(f"frame {number} has {size[0]} × {size[1]} pixels; expected 160 × 210")
