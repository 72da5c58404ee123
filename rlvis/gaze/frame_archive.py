"""Frames out of a trial's archive, in order, without unpacking anything to disk; the archive is not trusted."""

import io
import re
import struct
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from rlvis.errors import DatasetError

FRAME_SIZE = (160, 210)
_NUMBER = re.compile(r"_(\d{1,9})\.png$")
# A frame of 160 × 210 pixels without any compression has 100 kB.
_LARGEST_MEMBER = 1 << 20
_LARGEST_HEADER = 1 << 16
_MOST_MEMBERS = 1_000_000
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
    try:
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
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from error
    except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError) as error:
        raise DatasetError(f"{path} is no archive of frames, or it is damaged: {error}") from error


def _members(path):
    with tarfile.open(Path(path), "r|bz2", tarinfo=_CheckedInfo) as archive:
        for count, member in enumerate(archive):
            if count >= _MOST_MEMBERS:
                raise DatasetError(f"more than {_MOST_MEMBERS} members")
            # tarfile keeps every member it has seen.
            archive.members = []
            if member.isdir():
                continue
            parts = member.name.split("/")
            if member.issparse() or member.size > _LARGEST_MEMBER or ".." in parts or parts[0] == "" or "\\" in member.name:
                raise DatasetError(f"member {member.name[:80]!r} is not a frame")
            match = _NUMBER.search(member.name)
            if match:
                yield int(match.group(1)), archive.extractfile(member).read(_LARGEST_MEMBER)


def decode_frame(data: bytes, number: int) -> np.ndarray:
    """The picture `(210, 160, 3)` uint8 in a PNG file.

    Raises:
        DatasetError: if it is anything else.
    """
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            if picture.size != FRAME_SIZE:
                raise DatasetError(f"frame {number} has {picture.size[0]} × {picture.size[1]} pixels; expected 160 × 210")
            return np.asarray(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error, zlib.error, Image.DecompressionBombError) as error:
        raise DatasetError(f"frame {number} is no PNG picture, or it is damaged: {error}") from error
