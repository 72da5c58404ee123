"""Results of stages on disk.

A file is named by its stage and by a digest of all that its content depends on: what the stage says, the code and the
machine (`circumstances.py`). Its first line is the SHA-256 of the rest, an uncompressed `.npz`; a file that does not
match is computed again. Files appear in one step, are marked as used when they are read, and the least recently used
are removed when all of them together are too large.

With several ranks, each keeps and looks up what it makes alone, in the folder as it sees it; what all make together the
first one keeps, looks up and sends to the others. So ranks need not share a file system, and where they do, what one
number of ranks kept serves any other.
"""

import hashlib
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from rlvis.array_archive import IsLarge, read_archive, write_archive
from rlvis.cache_folder import cache_folder
from rlvis.errors import OutputError
from rlvis.file_replacement import remove_abandoned, replace_file
from rlvis.options import RunOptions
from rlvis.parallel.communicator import communicator
from rlvis.stages.circumstances import circumstances
from rlvis.stages.digest import digest
from rlvis.stored_frames import Frames

Arrays = Mapping[str, Frames]
SUFFIX = ".stage"
_DIGITS = 64


class StageFiles:
    """The kept results of stages.

    Args:
        folder: where they are; `None`: nothing is kept, and nothing reused.
        limit: bytes that all of them may take.
    """

    def __init__(self, folder: Path | None = None, limit: float = 8e9):
        self.folder, self.limit = folder, limit
        self.reused: list[tuple[str, str]] = []
        self._circumstances = circumstances() if folder else None
        self.tidy()

    def obtain(self, stage: str, label: str, dependencies, make: Callable[[], Arrays], is_large: IsLarge | None = None) -> Arrays:
        """The result of a stage: read, where it was kept, otherwise made and kept.

        Args:
            stage: its name.
            label: which of its results this is, for people.
            dependencies: all that the result depends on but code and machine, as `digest` takes it; `None` where that
                cannot be told.
            make: computes the result, as arrays by name.
            is_large: called with an array's name and bytes, says whether it is left in its file where it was kept,
                rather than held in memory.
        """
        path = self._path(stage, dependencies)
        found = self._recall(path, stage, label, is_large)
        return found if found is not None else self._keep(path, make())

    def obtain_together(self, stage: str, label: str, dependencies, make: Callable[[], Arrays | None]) -> Arrays:
        """As `obtain`, for what all ranks make together: each calls this alike, and `make` gives the result on the first rank."""
        def begin():
            made = make()
            return lambda: made

        return self.begin_together(stage, label, dependencies, begin)()

    def begin_together(self, stage: str, label: str, dependencies, begin: Callable[[], Callable[[], Arrays | None]]) -> Callable[[], Arrays]:
        """As `obtain_together`, in two steps, between which other things can be done.

        Args:
            stage, label, dependencies: as for `obtain`.
            begin: called at once where nothing was kept; gives a function that waits for the result.

        Returns:
            A function that waits for the result and keeps it; every rank has to call it.
        """
        ranks = communicator()
        path = self._path(stage, dependencies) if ranks.rank == 0 else None
        found = ranks.broadcast(self._recall(path, stage, label))
        if found is not None:
            return lambda: found
        wait = begin()

        def finish():
            made = wait()
            return ranks.broadcast(self._keep(path, made) if ranks.rank == 0 else None)

        return finish

    def report(self, quiet: bool = False) -> None:
        """Say on standard error what was reused, by any rank."""
        gathered = communicator().gather(self.reused)
        reused = sorted({entry for part in gathered or () for entry in part}, key=_by_number)
        if reused and not quiet:
            parts = (f"{stage} {', '.join(label for _, label in entries)}" for stage, entries in groupby(reused, lambda entry: entry[0]))
            print(f"rlvis: reused {'; '.join(parts)}", file=sys.stderr)

    def tidy(self) -> None:
        """Remove what killed processes left half-written, and the least recently used files beyond the limit."""
        if self.folder is None or communicator().rank > 0:
            return
        remove_abandoned(self.folder)
        with suppress(OSError):
            files = [(entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in os.scandir(self.folder) if entry.name.endswith(SUFFIX)]
            total = 0
            for _, size, path in sorted(files, reverse=True):
                total += size
                if total > self.limit:
                    os.unlink(path)

    def _path(self, stage, dependencies):
        if self.folder is None or dependencies is None:
            return None
        return self.folder / f"{stage.replace(' ', '-')}-{digest([self._circumstances, stage, dependencies])[:40]}{SUFFIX}"

    def _recall(self, path, stage, label, is_large=None):
        arrays = read_arrays(path, is_large) if path is not None else None
        if arrays is not None:
            self.reused.append((stage, label))
            with suppress(OSError):
                os.utime(path)
        return arrays

    def _keep(self, path, arrays):
        if path is not None:
            try:
                write_arrays(path, arrays)
            except OutputError as error:
                # The result is there all the same; it only will have to be computed again.
                print(f"rlvis: nothing is kept for later runs: {error}", file=sys.stderr)
                self.folder = None
        return arrays


def stage_files(options: RunOptions) -> StageFiles:
    """The stages' files of a run."""
    if not options.reuse:
        return StageFiles()
    given = options.work_dir or os.environ.get("RLVIS_WORK_DIR")
    return StageFiles(Path(given).expanduser() if given else cache_folder() / "stages", options.work_limit * 1e9)


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays by name, and a hash of everything.

    Raises:
        OutputError: if the file cannot be written.
    """
    def write(stream):
        stream.write(b"0" * _DIGITS + b"\n")
        write_archive(stream, arrays.items())
        stream.flush()
        stream.seek(_DIGITS + 1)
        found = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        stream.write(found.encode())

    replace_file(path, write)


def read_arrays(path: Path, is_large: IsLarge | None = None) -> Arrays | None:
    """The arrays in a file, large ones as they lie there; `None` if it is not there, or not as it was written."""
    try:
        with open(path, "rb") as stream:
            expected = stream.read(_DIGITS + 1)
            if hashlib.file_digest(stream, "sha256").hexdigest().encode() + b"\n" != expected:
                return None
            return read_archive(stream, is_large)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        return None


def _by_number(entry):
    """Numbers in labels as numbers: 2 before 10."""
    stage, label = entry
    return stage, [(int(part), "") if part.isdigit() else (0, part) for part in label.split()]
