"""Zip archives read in memory: no path in them is ever used as one."""

import io
import struct
import zipfile
import zlib

from rlvis.checkpoints.limits import Budget
from rlvis.errors import CheckpointError

ZIP_START = b"PK\x03\x04"
MAXIMUM_MEMBERS = 20_000


class Archive:
    """The members of a zip archive by name, each unpacked within the budget."""

    def __init__(self, stream: io.BufferedIOBase, budget: Budget):
        self.budget = budget
        try:
            self._zip = zipfile.ZipFile(stream)
            members = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError, IndexError, struct.error) as error:
            raise CheckpointError(f"the zip archive is damaged or truncated ({error})") from error
        if len(members) > MAXIMUM_MEMBERS:
            raise CheckpointError(f"the zip archive has {len(members)} members; no checkpoint needs so many")
        if members and min(member.header_offset for member in members) != 0:
            raise CheckpointError("the zip archive starts with something else, or its first member is missing; the file is truncated or damaged")
        self.members = {member.filename: member for member in members}

    def read(self, name: str) -> bytes:
        """One member's bytes.

        Raises:
            CheckpointError: if it is not there, damaged, encrypted, packed by a method other than deflate, or larger
                than it claims.
        """
        member = self.members.get(name)
        if member is None:
            raise CheckpointError(f"the archive has no member {name[:100]!r}")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
            raise CheckpointError(f"member {name[:100]!r} of the archive is encrypted or packed in an unusual way")
        self.budget.spend(member.file_size, f"member {name[:100]!r} of the archive")
        try:
            with self._zip.open(member) as stream:
                data = stream.read(member.file_size)
                stream.read(1)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
            raise CheckpointError(f"member {name[:100]!r} of the archive is damaged ({error})") from error
        if len(data) != member.file_size:
            raise CheckpointError(f"member {name[:100]!r} of the archive is truncated")
        return data

    def __contains__(self, name):
        return name in self.members


def open_archive(file) -> Archive:
    """The archive that an `OpenedFile` is."""
    return Archive(io.BytesIO(file.data), file.budget)


def member_names(file) -> tuple[str, ...]:
    """The names in a zip file; none if it is no readable zip file. Looked up once."""
    if "members" not in file.found:
        try:
            file.found["members"] = tuple(open_archive(file).members) if file.prefix.startswith(ZIP_START) else ()
        except CheckpointError:
            file.found["members"] = ()
    return file.found["members"]
