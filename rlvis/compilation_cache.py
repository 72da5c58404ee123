"""Compiled programs that the next process finds again.

JAX writes its cache's files in place: a process that is killed, or another that reads meanwhile, would meet half a file.
So every process has a folder of its own, filled with links to the programs that are there, and what it adds becomes
visible to others, whole, when it ends. Programs belong to one kind of processor: cluster nodes that share a home
directory may differ.
"""

import hashlib
import os
import shutil
import socket
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rlvis.cache_folder import cache_folder
from rlvis.file_replacement import is_abandoned
from rlvis.processor import processor_kind

SWITCH = "RLVIS_COMPILATION_CACHE"
LIMIT = 500_000_000
# What JAX is told; a program that compiles faster than this is not worth a file.
_SETTINGS = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.2", "JAX_PERSISTENT_CACHE_ENABLE_XLA_CACHES": "none"}
# How a file begins that JAX compressed with zlib, as it does where there is no package for Zstandard.
_ZLIB = b"\x78"
_FOLDER = "JAX_COMPILATION_CACHE_DIR"


@contextmanager
def compilation_cache() -> Iterator[None]:
    """Let JAX keep compiled programs in rlvis's cache folder while inside.

    Nothing is done where JAX is running already, the user told it where to keep them, or `RLVIS_COMPILATION_CACHE` is 0.
    """
    own = None
    if "jax" not in sys.modules and _FOLDER not in os.environ and os.environ.get(SWITCH, "1") != "0":
        own = _own_folder(cache_folder() / "programs" / hashlib.sha256(processor_kind().encode()).hexdigest()[:16])
    if own is None:
        yield
        return
    before = {name: os.environ.get(name) for name in (_FOLDER, *_SETTINGS)}
    os.environ.update({**_SETTINGS, **{name: value for name, value in before.items() if value is not None}, _FOLDER: str(own)})
    try:
        yield
    finally:
        _publish(own)
        shutil.rmtree(own, ignore_errors=True)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _own_folder(shared):
    own = shared / f".programs.{os.getpid()}@{socket.gethostname()}.partial"
    try:
        own.mkdir(parents=True, exist_ok=True)
        for path in list(shared.iterdir()):
            if path.is_file():
                with suppress(FileExistsError, FileNotFoundError):
                    os.link(path, own / path.name)
            elif is_abandoned(path):
                shutil.rmtree(path, ignore_errors=True)
    except OSError:  # no such folder can be made, or its file system has no links
        shutil.rmtree(own, ignore_errors=True)
        return None
    return own


def _is_whole(path):
    """Whether a program's file is as JAX wanted to write it: on a full disk it may end too early, and would never be written again."""
    data = path.read_bytes()
    if not data.startswith(_ZLIB):
        return bool(data)
    try:
        stream = zlib.decompressobj()
        stream.decompress(data)
    except zlib.error:
        return False
    return stream.eof


def _publish(own):
    with suppress(OSError):
        for path in own.iterdir():
            if not (own.parent / path.name).exists() and _is_whole(path):
                with suppress(FileExistsError):
                    os.link(path, own.parent / path.name)
        entries = sorted(((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in os.scandir(own.parent) if entry.is_file()), reverse=True)
        total = 0
        for _, size, path in entries:
            total += size
            if total > LIMIT:
                os.unlink(path)
