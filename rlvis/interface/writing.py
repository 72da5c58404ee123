"""Putting an interface in its place: all of it or nothing, and never over somebody else's files.

Everything is first written to a directory beside the destination. A destination that does not exist, or is empty, is
then replaced by it in one step. A destination that holds an earlier interface keeps working throughout: its new data
files come to lie beside the old ones (their names contain their hash, so they never meet), then `interface.html` is
exchanged in one step, then the files that only the old page needed are removed. `manifest.json` lists what rlvis wrote;
files it does not list belong to somebody else and stay as they are.
"""

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from rlvis.errors import OutputError

MANIFEST = "manifest.json"
PAGE = "interface.html"
FORMAT = "rlvis-interface"
VERSION = 1
_PARTIAL = ".rlvis-partial-"


def check_destination(directory) -> Path:
    """Whether an interface may be written to a directory; call it before the work, not after.

    Returns:
        The directory's real path.

    Raises:
        OutputError: if something else is there, or it cannot be written to.
    """
    directory = Path(os.path.realpath(directory))
    if directory.exists() and not directory.is_dir():
        raise OutputError(f"{directory} is a file; give a directory to write the interface to")
    if directory.is_dir() and not _is_empty(directory):
        manifest = _read_manifest(directory)
        if manifest is None:
            raise OutputError(f"{directory} is not empty and was not written by rlvis; give an empty or a new directory")
        _refuse_changed_files(directory, manifest)
    _try_to_write(directory)
    return directory


def _try_to_write(directory):
    """Make and remove a directory where the interface's would be made: permissions alone do not tell whether that works."""
    place = directory.parent
    while not place.exists():
        place = place.parent
    probe = place / f".rlvis-probe-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise OutputError(f"cannot write to {place}: {error.strerror or error}; give another directory") from error


@contextmanager
def new_directory(destination: Path):
    """A directory to write into, on the destination's file system; removed again if it is still there at the end.

    It lies beside the destination, or within it where the destination is a mounted volume or its parent is read-only.
    """
    suffix = f"{_PARTIAL}{os.getpid()}-{os.urandom(4).hex()}"
    partial = destination.parent / f".{destination.name}{suffix}"
    if destination.is_dir() and not (_same_device(destination, destination.parent) and os.access(destination.parent, os.W_OK)):
        partial = destination / suffix
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()  # not tempfile.mkdtemp: others may be allowed to read the result
    except OSError as error:
        raise OutputError(f"cannot write to {partial.parent}: {error.strerror or error}; give another directory") from error
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_manifest(directory: Path, title: str) -> None:
    """List every file in the directory, with size and SHA-256, in its `manifest.json`."""
    files = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            files[path.relative_to(directory).as_posix()] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
    _write_json(directory / MANIFEST, {"format": FORMAT, "version": VERSION, "title": title, "files": files})


def put_in_place(partial: Path, destination: Path) -> None:
    """Make a complete directory, manifest included, the destination.

    Raises:
        OutputError: if the destination came to hold something else meanwhile, or cannot be written.
    """
    check_destination(destination)
    try:
        if partial.parent == destination or (destination.is_dir() and not _is_empty(destination)):
            _exchange(partial, destination)
            return
        try:
            os.rename(partial, destination)  # POSIX also replaces an empty directory so
        except OSError:
            destination.mkdir(exist_ok=True)
            _exchange(partial, destination)
    except OSError as error:
        raise OutputError(f"cannot write the interface to {destination}: {error.strerror or error}") from error


def verify(directory) -> int:
    """Check every file of an interface against its manifest.

    Returns:
        How many files there are.

    Raises:
        OutputError: if it is not an interface, or naming the files that are missing or changed.
    """
    directory = Path(directory)
    manifest = _read_manifest(directory)
    if manifest is None:
        raise OutputError(f"{directory} holds no interface: there is no {MANIFEST} written by rlvis")
    missing = [name for name in manifest["files"] if not (directory / name).is_file()]
    changed = [name for name, entry in manifest["files"].items() if name not in missing and _sha256(directory / name) != entry["sha256"]]
    if missing or changed:
        parts = [f"{len(names)} {what}: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}" for what, names in (("missing", missing), ("changed", changed)) if names]
        raise OutputError(f"{directory} is not as it was written; {'; '.join(parts)}")
    return len(manifest["files"])


def _exchange(partial, destination):
    new = _read_manifest(partial)
    old = _read_manifest(destination) or {**new, "files": {}}
    foreign = [name for name in new["files"] if (destination / name).exists() and name not in {**old.get("pending", {}), **old["files"]}]
    if foreign:
        raise OutputError(f"{destination} holds files that rlvis did not write ({', '.join(foreign[:5])}) where the interface's own belong; move them away")
    obsolete = {name: entry for name, entry in {**old.get("pending", {}), **old["files"]}.items() if name not in new["files"]}
    # Should this be interrupted, the next run finds in the manifest what may be removed.
    _write_json(destination / MANIFEST, {**old, "pending": {**old.get("pending", {}), **new["files"]}})
    for name in sorted(new["files"], key=lambda name: (name == PAGE, name)):  # the page last: what it needs is there
        (destination / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(partial / name, destination / name)
    for name, entry in obsolete.items():
        path = destination / name
        if path.is_file() and _sha256(path) == entry["sha256"]:
            path.unlink()
            _remove_if_empty(path.parent, destination)
    os.replace(partial / MANIFEST, destination / MANIFEST)


def _remove_if_empty(directory, destination):
    if directory != destination and not any(directory.iterdir()):
        directory.rmdir()


def _refuse_changed_files(directory, manifest):
    expected = {}
    for part in (manifest["files"], manifest.get("pending", {})):
        for name, entry in part.items():
            expected.setdefault(name, set()).add(entry["sha256"])
    changed = [name for name, hashes in expected.items() if (directory / name).is_file() and _sha256(directory / name) not in hashes]
    if changed:
        raise OutputError(f"{directory} holds an interface of which files were changed by somebody else ({', '.join(changed[:5])}); move them away, or give another directory")


def _is_empty(directory):
    return all(path.name.startswith(_PARTIAL) for path in directory.iterdir())


def _same_device(one, other):
    return one.stat().st_dev == other.stat().st_dev


def _read_manifest(directory):
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("format") == FORMAT and isinstance(manifest.get("files"), dict) else None


def _write_json(path, value):
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8", newline="\n")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
