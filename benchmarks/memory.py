"""B6: peak memory of `rlvis run` by trajectory length, and by memory budget: it should hardly grow with the length.

    python -m benchmarks.memory CHECKPOINT [--lengths 512 4096] [--trajectories 8] [--observations 4096] [--budgets 2] [--json FILE] [options of rlvis run …]

Each run is a process of its own; what is said is the largest resident set it ever had, and how many times that of the
first length it is.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.reference_workload import run_settings
from benchmarks.rows import Row
from benchmarks.setting import Setting

# One environment plays 128 observations of which every second is kept.
KEPT_OF_EACH = 128
OBS_EVERY = 2


def measure(setting: Setting) -> list[Row]:
    """Rows for the default budget: two lengths, the second eight times the first."""
    lengths, observations = ((16, 128), 128) if setting.quick else ((128, 1024), 512)
    return peaks(setting.path, lengths, 2, observations, [2.0])


def peaks(checkpoint: str, lengths: Sequence[int], trajectories: int, observations: int, budgets: Sequence[float], further: Sequence[str] = (), say: Callable[[Row], None] = lambda row: None) -> list[Row]:
    """One row per budget and length: the peak, and its ratio to that of the first length.

    Args:
        checkpoint: its path.
        lengths: steps of each trajectory.
        trajectories: how many.
        observations: example observations, a multiple of 128 or less than that.
        budgets: in gigabytes.
        further: options of `rlvis run`.
        say: called with each row as soon as it is there.
    """
    rows = []
    for budget in budgets:
        first = None
        for length in lengths:
            with tempfile.TemporaryDirectory(prefix="rlvis-memory-") as folder:
                run = run_settings(checkpoint, Path(folder) / "interface", [*settings(length, trajectories, observations, budget), *further], f"{length} steps")
            first = first or run.gigabytes
            note = f"{run.gigabytes:.2f} GB at most, {run.gigabytes / first:.2f} times the first; {run.bytes / 1e6:.1f} MB written"
            numbers = {"gigabytes": run.gigabytes, "ratio": run.gigabytes / first, "written": run.bytes}
            rows.append(Row("B6", f"{trajectories} trajectories, {observations} observations, budget {budget:g} GB", f"{length} steps", run.seconds, run.cpu_seconds, note=note, numbers=numbers))
            say(rows[-1])
    return rows


def settings(length: int, trajectories: int, observations: int, budget: float) -> list[str]:
    """The options of one run."""
    kept = min(KEPT_OF_EACH, observations)
    numbers = {
        "trajectories-num-envs": trajectories, "trajectories-num-steps": length, "observations-num-envs": max(1, observations // kept), "observations-num-obs": kept,
        "observations-obs-every": OBS_EVERY, "memory-budget": budget,
    }
    return [part for name, value in numbers.items() for part in (f"--{name}", f"{value:g}")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("--lengths", nargs="+", type=int, default=[512, 4096])
    parser.add_argument("--trajectories", type=int, default=8)
    parser.add_argument("--observations", type=int, default=4096)
    parser.add_argument("--budgets", nargs="+", type=float, default=[2.0], metavar="GB")
    parser.add_argument("--json", metavar="FILE", help="also write the numbers there")
    given, further = parser.parse_known_args()

    def say(row):
        print(f"{row.case}, {row.contender}: {row.note}; {row.cpu:.0f} CPU-s", flush=True)

    rows = peaks(given.checkpoint, given.lengths, given.trajectories, given.observations, given.budgets, further, say)
    if given.json:
        Path(given.json).write_text(json.dumps([row.as_json() for row in rows], indent=1))


if __name__ == "__main__":
    main()
