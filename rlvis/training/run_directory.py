"""The directory of a training run: `config.json`, `progress.csv`, `checkpoints/`, `report.html`.

Files are written under a temporary name and then put in place, so that each is always whole.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from rlvis.errors import OutputError
from rlvis.file_replacement import replace_file
from rlvis.options import make_options
from rlvis.training.options import TrainingOptions

FORMAT = "rlvis-training"


class RunDirectory:
    """The files of a run, at `path`."""

    def __init__(self, path):
        self.path = Path(path)

    @property
    def config(self) -> Path:
        """Options and versions, JSON."""
        return self.path / "config.json"

    @property
    def progress(self) -> Path:
        """One row per iteration, CSV."""
        return self.path / "progress.csv"

    @property
    def last(self) -> Path:
        """The newest agent."""
        return self.path / "checkpoints" / "last.safetensors"

    @property
    def best(self) -> Path:
        """The agent with the best evaluation so far."""
        return self.path / "checkpoints" / "best.safetensors"

    @property
    def state(self) -> Path:
        """All that is needed to go on where training stopped."""
        return self.path / "checkpoints" / "state.npz"

    def create(self, options: TrainingOptions, extra: Mapping[str, Any]) -> None:
        """Make the directory and write the configuration.

        Raises:
            OutputError: if there is a run already, or the directory cannot be made.
        """
        if self.config.exists():
            raise OutputError(f"{self.path} already holds a training run; go on with it by --resume, or choose another directory")
        try:
            (self.path / "checkpoints").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make the run directory {self.path}: {error.strerror or error}") from error
        self.write_config(options, extra)

    def write_config(self, options: TrainingOptions, extra: Mapping[str, Any]) -> None:
        """Write the configuration: options, and what else is known."""
        data = {"format": FORMAT, "version": 1, "options": asdict(options), **extra}
        replace_file(self.config, lambda file: file.write(json.dumps(data, indent=1).encode()))

    def read_config(self) -> tuple[TrainingOptions, dict[str, Any]]:
        """The options of the run, and the rest of its configuration.

        Raises:
            OutputError: if this is not the directory of a run.
        """
        try:
            data = json.loads(self.config.read_text())
            if data.get("format") != FORMAT:
                raise ValueError(f"its format is {data.get('format')!r}, expected {FORMAT!r}")
            if not isinstance(data.get("options"), dict):
                raise ValueError("it has no options")
        except NotADirectoryError as error:
            raise OutputError(f"{self.path} is a file; give the directory that rlvis train wrote") from error
        except FileNotFoundError as error:
            raise OutputError(f"{self.path} is not the directory of a training run: it has no config.json") from error
        except (OSError, ValueError, AttributeError) as error:
            raise OutputError(f"{self.config} is not the configuration of a training run: {error}") from error
        known = {item.name for item in fields(TrainingOptions)}
        options = make_options(TrainingOptions, {name: value for name, value in data.pop("options").items() if name in known})
        return options, data

    def append_progress(self, row: Mapping[str, Any]) -> None:
        """Add a row to `progress.csv`; columns are those of the first row."""
        new = not self.progress.exists()
        names = list(row) if new else self._columns()
        text = io.StringIO()
        writer = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({name: _cell(row.get(name)) for name in names})
        with open(self.progress, "a", encoding="utf-8") as file:
            file.write(text.getvalue())

    def truncate_progress(self, iteration: int) -> None:
        """Drop the rows that come after an iteration, and a last line that was cut off."""
        if not self.progress.exists():
            return
        header, *lines = self.progress.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.endswith("\n") and line.split(",")[0].isdigit() and int(line.split(",")[0]) <= iteration]
        replace_file(self.progress, lambda file: file.write("".join([header, *kept]).encode()))

    def read_progress(self) -> dict[str, np.ndarray]:
        """The columns of `progress.csv`, float64, missing values NaN.

        Raises:
            OutputError: if there is none, or it is damaged.
        """
        try:
            with open(self.progress, newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            names = list(rows[0]) if rows else []
            return {name: np.array([float(row[name] or "nan") for row in rows]) for name in names}
        except FileNotFoundError as error:
            raise OutputError(f"{self.path} has no progress.csv yet: nothing was trained, or it is not a run's directory") from error
        except (OSError, ValueError, TypeError, csv.Error) as error:
            raise OutputError(f"{self.progress} is damaged: {error}") from error

    def _columns(self):
        with open(self.progress, newline="", encoding="utf-8") as file:
            return next(csv.reader(file))

    def save_state(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Write the state that `--resume` goes on from."""
        replace_file(self.state, lambda file: np.savez(file, **arrays))

    def load_state(self) -> dict[str, np.ndarray]:
        """The state written by `save_state`.

        Raises:
            OutputError: if there is none, or it is damaged.
        """
        try:
            with open(self.state, "rb") as file, np.load(file, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except FileNotFoundError as error:
            raise OutputError(f"{self.path} holds no saved state to resume from; start the run without --resume in a new directory") from error
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise OutputError(f"{self.state} is damaged, so the run cannot be resumed: {error}") from error


def _cell(value):
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:.8g}" if isinstance(value, float) else value
