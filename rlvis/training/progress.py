"""A run's progress on standard error: returns, speed, time left."""

import math
import sys

from tqdm import tqdm


class TrainingProgress:
    """A progress bar to give to `rlvis.train` as `report`.

    Args:
        quiet: show nothing, only count.
    """

    def __init__(self, quiet: bool = False):
        interval = 0.5 if sys.stderr.isatty() else 30.0
        self._bar = tqdm(unit="step", mininterval=interval, maxinterval=interval, disable=quiet, dynamic_ncols=True, file=sys.stderr)
        self._evaluated = {}
        self.rows = 0

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._bar.close()

    def __call__(self, row: dict) -> None:
        """Show the newest row of `progress.csv`."""
        self.rows += 1
        if self._bar.total is None:
            self._bar.reset(row["total_steps"])
            self._bar.initial = row["steps"]
        self._bar.n = row["steps"]
        self._evaluated |= {name: row[f"{name}_return"] for name in ("train", "unseen") if not math.isnan(row[f"{name}_return"])}
        shown = {"return": row["return_mean"], **self._evaluated, "steps/s": round(row["steps_per_second"])}
        self._bar.set_postfix({name: f"{value:.2f}" if isinstance(value, float) else value for name, value in shown.items()}, refresh=False)
        self._bar.refresh()
