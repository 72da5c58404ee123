"""Putting an interface in its place: all of it or nothing, and never over somebody else's files.

Everything is first written to a directory beside the destination. A destination that does not exist, or is empty, is
then replaced by it in one step. A destination that holds an earlier interface keeps working throughout: its new data
files come to lie beside the old ones (their names contain their hash, so they never meet), then `interface.html` is
exchanged in one step, then the files that only the old page needed are removed. `manifest.json` lists what rlvis wrote;
files it does not list belong to somebody else and stay as they are.
"""

import json
import os
from pathlib import Path

from rlvis.errors import OutputError
from rlvis.file_replacement import replace_file
from rlvis.interface.destination import FORMAT, MANIFEST, check_destination, is_empty, read_manifest, sha256

PAGE = "interface.html"
VERSION = 1


def write_manifest(directory: Path, title: str) -> None:
    """List every file in the directory, with size and SHA-256, in its `manifest.json`."""
    files = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path != directory / MANIFEST:
            files[path.relative_to(directory).as_posix()] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    _write_json(directory / MANIFEST, {"format": FORMAT, "version": VERSION, "title": title, "files": files})


def put_in_place(partial: Path, destination: Path) -> None:
    """Make a complete directory, manifest included, the destination.

    Raises:
        OutputError: if the destination came to hold something else meanwhile, or cannot be written.
    """
    check_destination(destination)
    try:
        if partial.parent == destination or (destination.is_dir() and not is_empty(destination)):
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
    manifest = read_manifest(directory)
    if manifest is None:
        raise OutputError(f"{directory} holds no interface: there is no {MANIFEST} written by rlvis")
    missing = [name for name in manifest["files"] if not (directory / name).is_file()]
    changed = [name for name, entry in manifest["files"].items() if name not in missing and sha256(directory / name) != entry["sha256"]]
    if missing or changed:
        parts = [f"{len(names)} {what}: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}" for what, names in (("missing", missing), ("changed", changed)) if names]
        raise OutputError(f"{directory} is not as it was written; {'; '.join(parts)}")
    return len(manifest["files"])


def _exchange(partial, destination):
    new = read_manifest(partial)
    old = read_manifest(destination) or {**new, "files": {}}
    foreign = [name for name in new["files"] if (destination / name).exists() and name not in {**old.get("pending", {}), **old["files"]}]
    if foreign:
        raise OutputError(f"{destination} holds files that rlvis did not write ({', '.join(foreign[:5])}) where the interface's own belong; move them away")
    obsolete = {name: entry for name, entry in {**old.get("pending", {}), **old["files"]}.items() if name not in new["files"]}
    # Should this be interrupted, the next run finds in the manifest what may be removed.
    _write_json(destination / MANIFEST, {**old, "pending": {**old.get("pending", {}), **new["files"]}})
    for name in sorted(new["files"], key=lambda name: (name.endswith(".html"), -name.count("/"), name)):  # pages after what they need
        (destination / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(partial / name, destination / name)
    for name, entry in obsolete.items():
        path = destination / name
        if path.is_file() and sha256(path) == entry["sha256"]:
            path.unlink()
            _remove_if_empty(path.parent, destination)
    os.replace(partial / MANIFEST, destination / MANIFEST)


def _remove_if_empty(directory, destination):
    if directory != destination and not any(directory.iterdir()):
        directory.rmdir()


def _write_json(path, value):
    replace_file(path, lambda stream: stream.write((json.dumps(value, indent=1) + "\n").encode()))
