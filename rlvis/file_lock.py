"""A lock that ends with its process, however that ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None


class Locked(Exception):
    """Another process holds the lock."""


@contextmanager
def file_lock(path: Path) -> Iterator[bool]:
    """Hold a lock, named by a file that is made for it and removed at the end.

    A file that a killed process left behind is locked by nobody, and is taken over.

    Yields:
        Whether there are locks on that file system at all; without them nobody is kept out.

    Raises:
        Locked: if another process holds it.
        OSError: if the file cannot be made.
    """
    descriptor = _open_locked(path)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            try:
                # Removed while it is held: whoever opened it meanwhile finds that it is no longer the file of that name.
                with suppress(OSError):
                    os.unlink(path)
            finally:
                os.close(descriptor)


def _open_locked(path):
    """A descriptor of the locked file, `None` where there are no locks."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            locked = _lock(descriptor)
            if locked and _is_same(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if not locked:
            os.unlink(path)
            return None


def _lock(descriptor):
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Locked from error
    except OSError:
        return False
    return True


def _is_same(descriptor, path):
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
