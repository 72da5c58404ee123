"""Where rlvis keeps what it can make or fetch again: Procgen's library, compiled programs, results of stages."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """$RLVIS_CACHE, else $XDG_CACHE_HOME/rlvis, else ~/.cache/rlvis."""
    if os.environ.get("RLVIS_CACHE"):
        return Path(os.environ["RLVIS_CACHE"]).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "rlvis"
