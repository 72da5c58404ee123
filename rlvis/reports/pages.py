"""Writing pages of curves."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from rlvis.errors import OptionError
from rlvis.file_replacement import replace_file
from rlvis.interface.chunks import escaped_json
from rlvis.interface.page import render_page
from rlvis.reports.curves import Run
from rlvis.reports.view_model import comparison_model, report_model


def write_report(run, output=None) -> Path:
    """Write a run's curves.

    Args:
        run: its directory.
        output: the page; `report.html` in that directory if `None`.

    Returns:
        The page's path.

    Raises:
        OutputError: if there is no run, it has no progress yet, or the page cannot be written.
    """
    return _write(report_model(Run.read(run)), Path(output) if output else Path(run) / "report.html")


def write_comparison(runs: Sequence, output) -> Path:
    """Write several runs' curves into one page; runs of the same name are told apart by the directories they are in.

    Raises:
        OptionError: for fewer than two runs, or one given twice.
        OutputError: as in `write_report`.
    """
    if len(runs) < 2:
        raise OptionError(f"a comparison needs at least two runs, got {len(runs)}")
    paths = [Path(run).resolve() for run in runs]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise OptionError(f"{twice} is given twice; name each run once")
    labels = [shortest_label(path, paths) for path in paths]
    return _write(comparison_model([Run.read(path, label) for path, label in zip(paths, labels, strict=True)]), Path(output))


def shortest_label(path: Path, paths: Sequence[Path]) -> str:
    """The end of a path, of as few names as tell it from the others."""
    for length in range(1, len(path.parts)):
        end = path.parts[-length:]
        if sum(other.parts[-length:] == end for other in paths) == 1:
            return "/".join(end)
    return str(path)


def _write(model, output):
    # escaped_json leaves nothing that could end the element it stands in.
    pieces = render_page("report.html", model["title"], directory="report", model=Markup(escaped_json(model)))
    return replace_file(output, lambda file: file.write("".join(pieces).encode()))
