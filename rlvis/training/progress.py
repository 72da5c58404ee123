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
        self._quiet = quiet
        self._bar = None
        self._evaluated = {}
        self.rows = 0

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self._bar is not None:
            self._bar.close()

    def __call__(self, row: dict) -> None:
        """Show the newest row of `progress.csv`."""
        self.rows += 1
        if self._bar is None:
            self._bar = self._begin(row)
        self._evaluated |= {name: row[f"{name}_return"] for name in ("train", "unseen") if not math.isnan(row[f"{name}_return"])}
        shown = {"return": row["return_mean"], **self._evaluated, "steps/s": round(row["steps_per_second"])}
        self._bar.set_postfix({name: f"{value:.2f}" if isinstance(value, float) else value for name, value in shown.items()}, refresh=False)
        self._bar.update(row["steps"] - self._bar.n)

    def _begin(self, row):
        # Where standard error is a file, the bar is written anew only now and then.
        interval = 0.2 if sys.stderr.isatty() else 30.0
        bar = tqdm(total=row["total_steps"], initial=row["steps"], unit="step", mininterval=interval, maxinterval=interval, disable=self._quiet, dynamic_ncols=True, file=sys.stderr)
        bar.initial = row["steps"] - (row["steps"] // row["iteration"])
        return bar
