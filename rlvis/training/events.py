"""TensorBoard event files of a run."""

import math
from collections.abc import Mapping
from pathlib import Path

from rlvis.errors import OptionError


class EventWriter:
    """Writes each iteration's row of progress as scalars to `events/` in the run's directory.

    Args:
        directory: the run's.
        steps: where the run goes on from; later events that are there already are marked as replaced.

    Raises:
        OptionError: if tensorboardX is not installed.
    """

    def __init__(self, directory: Path, steps: int):
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise OptionError("TensorBoard events need tensorboardX; pip install 'rlvis[tensorboard]', or leave out --tensorboard") from error
        self._writer = SummaryWriter(str(Path(directory) / "events"), purge_step=steps + 1 if steps else None)

    def write(self, row: Mapping[str, float]) -> None:
        """Write a row's known numbers at its step."""
        for name, value in row.items():
            if name not in ("steps", "iteration") and not math.isnan(value):
                self._writer.add_scalar(name, value, row["steps"])

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()
