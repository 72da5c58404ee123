import pytest

from rlvis import resources
from rlvis.errors import RlvisError
from rlvis.resources import static_directory, templates_directory


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An empty package, in an empty directory."""
    (tmp_path / "rlvis").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "rlvis")
    return tmp_path / "rlvis"


def test_this_checkout():
    assert (templates_directory() / "interface.html").is_file()
    assert list(static_directory().glob("*.js"))


def test_installed_files_come_first(package):
    for parent in (package, package.parent):
        (parent / "static").mkdir()
    (package.parent / "setup.cfg").touch()
    assert static_directory() == package / "static"


def test_a_checkout_is_known_by_its_setup(package):
    (package.parent / "static").mkdir()
    with pytest.raises(RlvisError, match="rlvis's static are neither in"):
        static_directory()
    (package.parent / "setup.cfg").touch()
    assert static_directory() == package.parent / "static"
