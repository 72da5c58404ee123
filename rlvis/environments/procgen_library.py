"""Where Procgen's library comes from: an installed package, else a cache that is filled once.

The package's wheel demands old versions of NumPy and Gym, which the library itself does not need. So it is not a
dependency: its data are unpacked from the wheel beside everything else.
"""

import ctypes
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from rlvis.cache_folder import cache_folder
from rlvis.environments.libenv import declare_functions
from rlvis.environments.stand_in_library import load_stand_in
from rlvis.errors import EnvironmentFailure

PACKAGE = "procgen-mirror"
VERSION = "0.10.7"
WHEEL_SHA256 = "992aff14a0bc39c5fd594b68c3243c06e01b1a94f47ff261e60cc316c01660a7"
WANTED_FOLDERS = ("procgen/data/", "procgen_mirror.libs/")
LIBRARY_NAMES = {"linux": "libenv.so", "darwin": "libenv.dylib", "win32": "env.dll"}
# Libraries of the system that the loader asks for but Procgen never calls, and the Debian packages that have them.
SYSTEM_LIBRARIES = {"libGL.so.1": "libgl1", "libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0"}
_PARTIAL = ".procgen-"
BY_HAND = f"get its wheel ({PACKAGE} {VERSION}, CPython 3.11, manylinux2014_x86_64) on a machine with a network and run: rlvis fetch --from-wheel FILE"


@lru_cache(maxsize=1)
def procgen_folder() -> Path:
    """The folder that has Procgen's `data`; fetched first if it is nowhere on this machine.

    Raises:
        EnvironmentFailure: if it cannot be fetched.
    """
    return installed_folder() or fetch_procgen()


def installed_folder() -> Path | None:
    """The folder of an installed `procgen` package, found without importing it (that would import Gym)."""
    found = importlib.util.find_spec("procgen")
    for place in (found.submodule_search_locations if found else None) or ():
        if library_path(Path(place)).exists():
            return Path(place)
    return None


def library_path(folder: Path) -> Path:
    """Where the library is inside a `procgen` folder."""
    return folder / "data" / "prebuilt" / LIBRARY_NAMES.get(sys.platform, LIBRARY_NAMES["linux"])


@lru_cache(maxsize=1)
def library_version() -> str:
    """The SHA-256 of the library."""
    return hashlib.sha256(library_path(procgen_folder()).read_bytes()).hexdigest()


def fetch_procgen(from_wheel: Path | None = None) -> Path:
    """Fill the cache with Procgen's library, if it is not there yet, and say where it is.

    Args:
        from_wheel: the wheel, if it is already on this machine; otherwise pip downloads it (47 MB; 84 MB unpacked).

    Raises:
        EnvironmentFailure: if there is no such library for this machine, if pip fails, or if the wheel is another one.
    """
    target = cache_folder() / f"procgen-{VERSION}"
    folder = target / "procgen"
    if from_wheel is None and _is_complete(folder):
        return folder
    if from_wheel is not None:
        _check_wheel(from_wheel)
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise EnvironmentFailure(f"there is a Procgen library to fetch for Linux on x86-64 only, and this is {sys.platform} on {platform.machine()}; install the procgen package if there is one for it")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # One of several processes (MPI ranks) fetches, the others wait and find it there.
        with _locked(target.with_name(f"{target.name}.lock")):
            if not _is_complete(folder):
                _fill(target, from_wheel)
    except OSError as error:
        raise EnvironmentFailure(f"cannot write Procgen's library into the cache {target.parent}: {error}; set RLVIS_CACHE to another folder") from error
    return folder


def _is_complete(folder):
    # It appears by being renamed, so that it is whole unless somebody has taken something out.
    if not folder.parent.exists():
        return False
    if library_path(folder).exists() and (folder / "data" / "assets").exists():
        return True
    raise EnvironmentFailure(f"Procgen's library in {folder.parent} is incomplete; delete that folder, and it will be fetched again")


def _fill(target, from_wheel):
    for abandoned in target.parent.glob(f"{_PARTIAL}*"):  # by processes that were killed: this one has the lock
        shutil.rmtree(abandoned, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=_PARTIAL) as temporary:
        unpacked = Path(temporary) / "unpacked"
        if from_wheel is None:
            print("rlvis: fetching Procgen's library (47 MB, this once) …", file=sys.stderr, flush=True)
            from_wheel = _download(Path(temporary) / "wheel")
            _check_wheel(from_wheel)
        _unpack(from_wheel, unpacked)
        os.rename(unpacked, target)
    print(f"rlvis: Procgen's library is in {target}", file=sys.stderr, flush=True)


def _download(folder):
    wanted = ["--no-deps", "--only-binary", ":all:", "--python-version", "3.11", "--platform", "manylinux2014_x86_64"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *wanted, "--dest", os.fspath(folder), f"{PACKAGE}=={VERSION}"]
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise EnvironmentFailure(f"pip could not download Procgen's library ({said[-1] if said else error}); {BY_HAND}") from error
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise EnvironmentFailure(f"pip downloaded {len(wheels)} wheels instead of one; {BY_HAND}")
    return wheels[0]


def _check_wheel(wheel):
    try:
        found = hashlib.sha256(Path(wheel).read_bytes()).hexdigest()
    except OSError as error:
        raise EnvironmentFailure(f"cannot read the wheel {wheel}: {error}") from error
    if found != WHEEL_SHA256:
        raise EnvironmentFailure(f"{wheel} is not the expected wheel ({PACKAGE} {VERSION} for CPython 3.11): its SHA-256 is {found}, expected {WHEEL_SHA256}")


def _unpack(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if member.filename.startswith(WANTED_FOLDERS):
                archive.extract(member, folder)


@contextmanager
def _locked(path):
    import fcntl

    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@lru_cache(maxsize=1)
def load_library() -> ctypes.CDLL:
    """Procgen's library, loaded into this process.

    Raises:
        EnvironmentFailure: if it, or a library it needs, cannot be loaded.
    """
    path = library_path(procgen_folder())
    # Qt inside it must not meet another Qt in the same process; symbols are bound late so that stand-ins suffice.
    mode = os.RTLD_LAZY | os.RTLD_LOCAL | getattr(os, "RTLD_DEEPBIND", 0)
    _load_system_libraries()
    try:
        return declare_functions(ctypes.CDLL(os.fspath(path), mode=mode))
    except OSError as error:
        raise EnvironmentFailure(f"Procgen's library cannot be loaded: {error}; it needs {_packages(SYSTEM_LIBRARIES)} (Debian: apt-get install {_packages(SYSTEM_LIBRARIES)})") from error


_KEPT_LOADED = []


def _load_system_libraries():
    if sys.platform != "linux":
        return
    for name in SYSTEM_LIBRARIES:
        try:
            _KEPT_LOADED.append(ctypes.CDLL(name))
        except OSError:
            _KEPT_LOADED.append(_stand_in(name))


def _stand_in(name):
    try:
        return load_stand_in(name)
    except OSError as error:
        raise EnvironmentFailure(f"Procgen's library needs {name}, which this machine lacks; install it (Debian: apt-get install {SYSTEM_LIBRARIES[name]})") from error


def _packages(libraries):
    return " ".join(dict.fromkeys(libraries.values()))
