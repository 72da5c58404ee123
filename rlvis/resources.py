"""Where the templates, static files and shipped agents are: inside the package once installed, beside it in a checkout."""

from pathlib import Path

from rlvis.errors import RlvisError

_PACKAGE = Path(__file__).resolve().parent


def templates_directory() -> Path:
    """The directory of the Jinja templates."""
    return _find("templates")


def static_directory() -> Path:
    """The directory of the scripts and style sheets."""
    return _find("static")


def demo_checkpoint() -> Path:
    """The checkpoint of the agent that ships with rlvis."""
    return _find("agents", "examples/agents") / "coinrun.safetensors"


def _find(name, place=None):
    # A wheel carries the directory inside the package; an editable install and a plain checkout keep it beside setup.cfg.
    installed, checkout = _PACKAGE / name, _PACKAGE.parent / (place or name)
    if installed.is_dir():
        return installed
    if checkout.is_dir() and (_PACKAGE.parent / "setup.cfg").is_file():
        return checkout
    raise RlvisError(f"rlvis's {name} are neither in {installed} nor in {checkout}; the installation is incomplete, install rlvis again")
