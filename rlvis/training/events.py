"""TensorBoard event files."""

import math
import time
from collections.abc import Mapping
from pathlib import Path

from rlvis.errors import OutputError


class EventWriter:
    """Writes scalars for TensorBoard, one file for each part of a run.

    Args:
        directory: where to write; made if it is not there.
        step: where a run goes on from; later events that are there already are marked as replaced. 0 for a new run.

    Raises:
        OutputError: if the file cannot be made.
    """

    def __init__(self, directory: Path, step: int = 0):
        from tensorboardX import SummaryWriter

        try:
            # The suffix tells apart files that are begun in the same second.
            self._writer = SummaryWriter(str(directory), purge_step=step + 1 if step else None, filename_suffix=f".{time.time_ns()}")
        except OSError as error:
            raise OutputError(f"cannot write TensorBoard events to {directory}: {error.strerror or error}") from error

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Write the numbers that are known at a step."""
        for name, value in values.items():
            if not math.isnan(value):
                self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()
