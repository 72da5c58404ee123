"""Progress bars, on standard error."""

import sys
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def progress_bar(description: str, total: int, unit: str = "step", quiet: bool = False):
    """A bar for work of `total` units; yields a function that advances it (by 1, or by its argument). None shows where there is nothing to do.

    Where standard error is a file the bar is written anew only now and then.
    """
    interval = 0.2 if sys.stderr.isatty() else 20.0
    with tqdm(total=total, desc=description, unit=unit, mininterval=interval, maxinterval=interval, disable=quiet or not total, dynamic_ncols=True, file=sys.stderr) as bar:
        yield lambda amount=1: bar.update(amount)
