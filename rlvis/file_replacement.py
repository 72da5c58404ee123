"""Writing files so that each is always whole: under a temporary name, then put in place in one step."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from rlvis.errors import OutputError


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
    """Remove the temporary files in a folder that belong to processes of this machine that are gone.

    Args:
        folder: where.
        beginning: only files whose names begin so.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(beginning) and is_abandoned(entry.name):
                with suppress(OSError):
                    os.unlink(entry.path)


def is_abandoned(name: str) -> bool:
    """Whether a temporary name, `.….PROCESS@HOST.partial`, is that of a process of this machine that is gone."""
    if not name.endswith(".partial"):
        return False
    before, _, host = name.removesuffix(".partial").rpartition("@")
    process = before.rpartition(".")[2]
    return host == socket.gethostname() and process.isdigit() and not _is_running(int(process))


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
