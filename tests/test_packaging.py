"""A page can be rendered from a wheel, from an editable install and from a plain checkout, outside of the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("setup.cfg", "setup.py", "MANIFEST.in", "README.md", "rlvis", "templates", "static", "examples")
RENDER = """
import sys, site
site.addsitedir(sys.argv[1])
import rlvis
from rlvis.interface.page import interface_page
print(rlvis.__file__)
print(sum(len(piece) for piece in interface_page({"title": "a page"})))
"""

pytest.importorskip("setuptools", minversion="70.1", reason="older setuptools need another package to build wheels")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the sources: building leaves files beside them."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    """The wheel, opened."""
    directory = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--wheel-dir", directory, checkout)
    with zipfile.ZipFile(next(directory.glob("*.whl"))) as opened:
        yield opened


def pip(command, *arguments):
    """Run pip without a network and without dependencies."""
    flags = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    result = subprocess.run([sys.executable, "-m", "pip", command, *flags, *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def render(place, directory):
    """Render a page with the rlvis found in a directory of packages; returns where that rlvis is."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run([sys.executable, "-c", RENDER, str(place)], cwd=directory, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    where, length = result.stdout.split("\n", 1)
    assert int(length) > 10_000
    return Path(where)


def test_from_the_checkout(checkout, tmp_path):
    assert render(checkout, tmp_path).is_relative_to(checkout)


def test_from_the_wheel(wheel, tmp_path):
    wheel.extractall(tmp_path / "packages")
    assert render(tmp_path / "packages", tmp_path).is_relative_to(tmp_path / "packages")


def test_from_an_editable_install(checkout, tmp_path):
    pip("install", "--prefix", tmp_path / "prefix", "--editable", checkout)
    packages = next((tmp_path / "prefix").rglob("site-packages"))
    assert not (packages / "rlvis").exists()
    assert render(packages, tmp_path).is_relative_to(checkout)


def test_the_wheel_holds_all_of_rlvis_and_nothing_else(wheel, checkout):
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    expected = {path.relative_to(checkout).as_posix() for path in (checkout / "rlvis").rglob("*.py")}
    for directory in ("templates", "static"):
        expected |= {f"rlvis/{path.relative_to(checkout).as_posix()}" for path in (checkout / directory).rglob("*") if path.is_file()}
    others = {name for name in held - expected if not name.startswith("rlvis/")}
    assert expected <= held, sorted(expected - held)
    assert not others


def test_the_wheel_declares_its_command_and_no_competitor(wheel):
    texts = {name.rpartition("/")[2]: wheel.read(name).decode() for name in wheel.namelist() if name.endswith(("entry_points.txt", "METADATA"))}
    assert "rlvis = rlvis.command_line:main" in texts["entry_points.txt"]
    needed = [line.split(": ")[1] for line in texts["METADATA"].splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert any(line.startswith("jax") for line in needed)
    assert not [line for line in needed if line.startswith(("torch", "procgen", "tensorflow", "stable"))]
