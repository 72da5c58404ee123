"""Writing files so that each is always whole: under a temporary name, then put in place in one step."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from rlvis.errors import OutputError

# Of another machine, whose processes cannot be seen: cluster nodes share folders.
_SECONDS_UNTIL_ABANDONED = 24 * 3600


def replace_file(path, write: Callable[[BinaryIO], object]) -> Path:
    """Write a file, and the directory it is in if that is missing; what was there before stays if anything fails.

    What a process that was killed left of its attempt to write the same file is removed.

    Args:
        path: the file.
        write: writes its content to a binary stream, which it may also read.

    Returns:
        The path.

    Raises:
        OutputError: if it cannot be written.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}@{socket.gethostname()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path.parent, f".{path.name}.")
        with open(partial, "w+b") as stream:
            write(stream)
        os.replace(partial, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return path


def remove_abandoned(folder: Path, beginning: str = ".") -> None:
    """Remove the temporary files in a folder that belong to processes that are gone.

    Args:
        folder: where.
        beginning: only files whose names begin so.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(beginning) and is_abandoned(entry):
                with suppress(OSError):
                    os.unlink(entry.path)


def is_abandoned(path: Path | os.DirEntry) -> bool:
    """Whether a temporary file or folder, `.….PROCESS@HOST.partial`, is that of a process that is gone: as far as can be seen here, or since nothing happened to it for a day."""
    before, _, host = path.name.removesuffix(".partial").rpartition("@")
    process = before.rpartition(".")[2]
    if not path.name.endswith(".partial") or not process.isdigit():
        return False
    if host == socket.gethostname():
        return not _is_running(int(process))
    try:
        return time.time() - path.stat().st_mtime > _SECONDS_UNTIL_ABANDONED
    except OSError:
        return False


def _is_running(process):
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def check_directory(directory) -> Path:
    """Make a directory, and see whether files can be written to it; call it before the work, not after.

    Raises:
        OutputError: if not.
    """
    directory = Path(directory)
    probe = directory / f".rlvis-probe-{os.getpid()}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"cannot write to {directory}: {error.strerror or error}; give another directory") from error
    return directory
