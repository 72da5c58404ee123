"""The directory that an interface is written to: who may write there, and where its parts lie until it is whole.

Whatever is not yet in its place has a name of its own (`.NAME.rlvis-…`) beside the destination, or within it where the
destination is a mounted volume or its parent is read-only. A lock there keeps every other run out; so whatever else of
such a name is found by the one that holds it was left by a run that was killed.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from rlvis.errors import OutputError
from rlvis.file_lock import Locked, file_lock

MANIFEST = "manifest.json"
FORMAT = "rlvis-interface"
_OWN = ".rlvis-"
_PARTIAL, _LOCK = f"{_OWN}partial-", f"{_OWN}lock"


@contextmanager
def claim_directory(directory) -> Iterator[Path]:
    """Be the only one that writes an interface to a directory, from before the work until it is in its place.

    What killed runs left unfinished there is removed; the parents that are made for the lock go again if nothing is
    written.

    Yields:
        The directory's real path.

    Raises:
        OutputError: if another run is writing to it, something else is there, or it cannot be written to.
    """
    directory = Path(os.path.realpath(directory))
    if directory.exists() and not directory.is_dir():
        check_destination(directory)
    with ExitStack() as open_until_end:
        try:
            open_until_end.enter_context(_parents(directory))
            locked = open_until_end.enter_context(file_lock(_beside(directory, _LOCK)))
        except Locked as error:
            raise OutputError(f"another run is writing to {directory}; wait until it has ended, or give another directory") from error
        except OSError as error:
            raise OutputError(f"cannot write to {_beside(directory, _LOCK).parent}: {error.strerror or error}; give another directory") from error
        if locked:
            _remove_abandoned(directory)
        yield check_destination(directory)


def check_destination(directory) -> Path:
    """Whether an interface may be written to a directory.

    Returns:
        The directory's real path.

    Raises:
        OutputError: if something else is there, or it cannot be written to.
    """
    directory = Path(os.path.realpath(directory))
    if directory.exists() and not directory.is_dir():
        raise OutputError(f"{directory} is a file; give a directory to write the interface to")
    if directory.is_dir() and not is_empty(directory):
        manifest = read_manifest(directory)
        if manifest is None:
            raise OutputError(f"{directory} is not empty and was not written by rlvis; give an empty or a new directory")
        _refuse_changed_files(directory, manifest)
    _try_to_write(directory)
    return directory


@contextmanager
def new_directory(destination: Path) -> Iterator[Path]:
    """A directory to write into, on the destination's file system; removed again if it is still there at the end."""
    partial = _beside(destination, _unique())
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()  # not tempfile.mkdtemp: others may be allowed to read the result
    except OSError as error:
        raise OutputError(f"cannot write to {partial.parent}: {error.strerror or error}; give another directory") from error
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def is_empty(directory: Path) -> bool:
    """Whether a directory holds nothing but what rlvis put there for a while."""
    return all(path.name.startswith((_PARTIAL, _LOCK)) for path in directory.iterdir())


def read_manifest(directory: Path) -> dict | None:
    """What rlvis wrote into a directory; `None` if it wrote nothing."""
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("format") == FORMAT and isinstance(manifest.get("files"), dict) else None


def sha256(path: Path) -> str:
    """The hash of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _beside(destination, suffix):
    if destination.is_dir() and not (_same_device(destination, destination.parent) and os.access(destination.parent, os.W_OK)):
        return destination / suffix
    return destination.parent / f".{destination.name}{suffix}"


def _unique():
    return f"{_PARTIAL}{os.getpid()}-{os.urandom(4).hex()}"


@contextmanager
def _parents(directory):
    missing = [parent for parent in directory.parents if not parent.exists()]
    directory.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):  # those that came to hold something stay
            for parent in missing:
                parent.rmdir()


def _remove_abandoned(directory):
    place = _beside(directory, _PARTIAL)
    for path in place.parent.iterdir():
        if path.name.startswith(place.name) and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)


def _try_to_write(directory):
    """Make and remove a directory where the interface's would be made: permissions alone do not tell whether that works."""
    probe = _beside(directory, _unique())
    place = probe.parent
    while not place.exists():
        place = place.parent
    try:
        (place / probe.name).mkdir()
        (place / probe.name).rmdir()
    except OSError as error:
        raise OutputError(f"cannot write to {place}: {error.strerror or error}; give another directory") from error


def _refuse_changed_files(directory, manifest):
    expected = {}
    for part in (manifest["files"], manifest.get("pending", {})):
        for name, entry in part.items():
            expected.setdefault(name, set()).add(entry["sha256"])
    changed = [name for name, hashes in expected.items() if (directory / name).is_file() and sha256(directory / name) not in hashes]
    if changed:
        raise OutputError(f"{directory} holds an interface of which files were changed by somebody else ({', '.join(changed[:5])}); move them away, or give another directory")


def _same_device(one, other):
    return one.stat().st_dev == other.stat().st_dev
