import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from rlvis.environments import procgen_library
from rlvis.environments.procgen_library import cache_folder, fetch_procgen, installed_folder, library_path
from rlvis.errors import EnvironmentFailure


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A small file in the shape of the wheel, and an empty cache."""
    monkeypatch.setenv("RLVIS_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "procgen_mirror-0.10.7.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("procgen/data/prebuilt/libenv.so", "procgen/data/assets/a.png", "procgen/env.py", "procgen_mirror.libs/libQt.so", "procgen_mirror-0.10.7.dist-info/METADATA"):
            archive.writestr(name, name)
    monkeypatch.setattr(procgen_library, "WHEEL_SHA256", procgen_library.hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def files(folder: Path):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_cache_is_where_the_user_wants_it(monkeypatch):
    monkeypatch.setenv("RLVIS_CACHE", "/somewhere")
    assert cache_folder() == Path("/somewhere")
    monkeypatch.delenv("RLVIS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/else")
    assert cache_folder() == Path("/else/rlvis")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "rlvis"


def test_a_wheel_is_unpacked_once_and_only_what_is_needed(wheel, tmp_path, capsys):
    folder = fetch_procgen(wheel)
    assert folder == tmp_path / "cache" / "procgen-0.10.7" / "procgen"
    assert files(folder.parent) == ["procgen/data/assets/a.png", "procgen/data/prebuilt/libenv.so", "procgen_mirror.libs/libQt.so"]
    assert library_path(folder).read_text() == "procgen/data/prebuilt/libenv.so"
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.name.startswith(".")] == []
    assert str(folder.parent) in capsys.readouterr().err
    assert fetch_procgen(wheel) == folder and fetch_procgen() == folder
    assert capsys.readouterr().err == ""


def test_an_incomplete_cache_is_said_and_left_alone(wheel):
    folder = fetch_procgen(wheel)
    library_path(folder).unlink()
    for from_wheel in (None, wheel):
        with pytest.raises(EnvironmentFailure, match="procgen-0.10.7 is incomplete; delete that folder"):
            fetch_procgen(from_wheel)
    assert files(folder.parent) == ["procgen/data/assets/a.png", "procgen_mirror.libs/libQt.so"]


def test_without_a_wheel_pip_is_asked(wheel, monkeypatch, capsys):
    asked = []

    def run(command, **_):
        asked.append(command)
        folder = Path(command[command.index("--dest") + 1])
        folder.mkdir()
        (folder / wheel.name).write_bytes(wheel.read_bytes())

    monkeypatch.setattr(subprocess, "run", run)
    assert library_path(fetch_procgen()).exists()
    assert asked[0][:4] == [sys.executable, "-m", "pip", "download"] and asked[0][-1] == "procgen-mirror==0.10.7"
    assert not any("://" in word or word.startswith(("--index", "-i")) for word in asked[0])
    assert "fetching" in capsys.readouterr().err


def test_another_wheel_is_refused(wheel, tmp_path):
    wheel.write_bytes(wheel.read_bytes() + b" ")
    with pytest.raises(EnvironmentFailure, match="not the expected wheel.*SHA-256"):
        fetch_procgen(wheel)
    assert not (tmp_path / "cache").exists()
    with pytest.raises(EnvironmentFailure, match="cannot read the wheel"):
        fetch_procgen(tmp_path / "none.whl")


def test_no_network_says_what_to_do(wheel, monkeypatch, tmp_path):
    def run(command, **_):
        raise subprocess.CalledProcessError(1, command, stderr="WARNING: retrying\nERROR: no matching distribution\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(EnvironmentFailure, match=r"no matching distribution\); get its wheel .*rlvis fetch --from-wheel FILE"):
        fetch_procgen()
    assert files(tmp_path / "cache") == ["procgen-0.10.7.lock"]


def test_other_machines_are_told(wheel, monkeypatch):
    monkeypatch.setattr(procgen_library.platform, "machine", lambda: "aarch64")
    with pytest.raises(EnvironmentFailure, match="Linux on x86-64 only, and this is .* on aarch64"):
        fetch_procgen(wheel)


def test_an_unwritable_cache_is_said(wheel, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RLVIS_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(EnvironmentFailure, match="set RLVIS_CACHE to another folder"):
        fetch_procgen(wheel)


def test_several_at_once_fetch_once(wheel, monkeypatch, capsys):
    unpack, unpacked = procgen_library._unpack, []
    monkeypatch.setattr(procgen_library, "_unpack", lambda *arguments: (unpacked.append(1), unpack(*arguments)))
    threads = [threading.Thread(target=fetch_procgen, args=(wheel,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unpacked == [1]


def test_an_installed_package_is_found_without_importing_it(tmp_path, monkeypatch):
    package = tmp_path / "procgen"
    (package / "data" / "prebuilt").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert installed_folder() is None
    library_path(package).write_text("")
    assert installed_folder() == package


def test_a_file_that_is_no_library_is_said(tmp_path, monkeypatch):
    library = library_path(tmp_path)
    library.parent.mkdir(parents=True)
    library.write_bytes(b"not a library")
    monkeypatch.setattr(procgen_library, "procgen_folder", lambda: tmp_path)
    with pytest.raises(EnvironmentFailure, match="cannot be loaded: .*libgl1 libglib2.0-0"):
        procgen_library.load_library.__wrapped__()


def test_missing_system_libraries_name_their_packages(monkeypatch):
    def fail(name, *_, **__):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(procgen_library.ctypes, "CDLL", fail)
    monkeypatch.setattr(procgen_library, "load_stand_in", fail)
    with pytest.raises(EnvironmentFailure, match=r"needs libGL.so.1, which this machine lacks; install it \(Debian: apt-get install libgl1\)"):
        procgen_library._load_system_libraries()
