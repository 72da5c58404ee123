"""Which report of training belongs to a checkpoint."""

from pathlib import Path

# In every page that this package writes; other files of the same name are left alone.
_MARK = b'"format":"rlvis-report"'
_LARGEST = 64 << 20


def find_report(checkpoint: str | Path | None) -> Path | None:
    """The curves of an agent's training: `NAME-report.html` beside `NAME.safetensors`, or `report.html` beside it or in its run's directory.

    Args:
        checkpoint: the checkpoint's path, if it has one.

    Returns:
        The page's path; `None` where there is none that rlvis wrote.
    """
    if checkpoint is None:
        return None
    path = Path(checkpoint)
    folder = path if path.is_dir() else path.parent
    places = [folder / f"{path.stem}-report.html", folder / "report.html"]
    if folder.name == "checkpoints":
        places.append(folder.parent / "report.html")
    return next((place for place in places if _is_report(place)), None)


def _is_report(path):
    try:
        return path.is_file() and path.stat().st_size <= _LARGEST and _MARK in path.read_bytes()
    except OSError:
        return False
