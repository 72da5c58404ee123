"""Writing files so that each is always whole: under a temporary name, then put in place in one step."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from rlvis.errors import OutputError


def replace_file(path, write: Callable[[BinaryIO], object]) -> Path:
    """Write a file, and the directory it is in if that is missing; what was there before stays if anything fails.

    Args:
        path: the file.
        write: writes its content to a binary stream.

    Returns:
        The path.

    Raises:
        OutputError: if it cannot be written.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "wb") as stream:
            write(stream)
        os.replace(partial, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return path
