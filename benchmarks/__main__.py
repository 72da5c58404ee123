"""All benchmarks as one table.

    python -m benchmarks [B1 B4 …] [--quick] [--agent CHECKPOINT] [--json FILE]

Needs a checkout and rlvis's own dependencies. What it is compared with comes from the extra "peers" (and "test", for
mpiexec and the browser); a benchmark whose peer is missing says so in its row. "training" takes long and runs only when
named. Times are the best of the repeats; contenders take turns.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import jax

from benchmarks.rows import Row, table
from benchmarks.setting import MissingPeer, Setting
from rlvis.resources import demo_checkpoint

BENCHMARKS = {
    "B1": ("integrated_gradients", "integrated gradients against captum and the reference's loop"),
    "B2": ("many_outputs", "value and every logit over the value alone"),
    "B3": ("attribution_overhead", "integrated gradients over plain forward and backward passes"),
    "B4": ("perturbation", "perturbation saliency against XAITK-saliency"),
    "B5": ("interface_size", "the reference's workload: seconds, bytes, files"),
    "B6": ("memory", "memory by trajectory length"),
    "B7": ("ranks", "two ranks against one"),
    "B8": ("page", "the page in a browser"),
    "B9": ("shuffled_auc", "shuffled AUC against gaze by ranks over draws"),
    "B10": ("matrix_rate", "integrated gradients as a fraction of the chip's matrix rate, by precision"),
    "B11": ("playing", "a step of play: network, emulators, side by side"),
    "B12": ("precision", "completeness error of integrated gradients with less exact products"),
    "training": ("training_speed", "PPO against PyTorch"),
}
DEFAULT = [name for name in BENCHMARKS if name != "training"]


def run_benchmark(name: str, setting: Setting) -> list[Row]:
    """A benchmark's rows; where something it needs is missing, one row that says so."""
    module, subject = BENCHMARKS[name]
    try:
        return import_module(f"benchmarks.{module}").measure(setting)
    except (MissingPeer, ImportError) as error:
        return [Row(name, subject, "not measured", note=str(error))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write it as JSON if asked to."""
    listing = "\n".join(f"  {name:9} {subject}" for name, (_, subject) in BENCHMARKS.items())
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, epilog=f"benchmarks:\n{listing}", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones (default: all but training)")
    parser.add_argument("--agent", default=str(demo_checkpoint()), metavar="CHECKPOINT", help="the agent to measure with (default: the one that ships with rlvis)")
    parser.add_argument("--quick", action="store_true", help="few frames, one repeat: shows that everything runs; the numbers are rough")
    parser.add_argument("--repeats", type=int, default=3, help="repeats of each contender (default: 3)")
    parser.add_argument("--json", metavar="FILE", help="also write the rows there")
    given = parser.parse_args(arguments)
    for name in given.names:
        if name not in BENCHMARKS:
            parser.error(f"unknown benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
    # Threads of PyTorch that only wait should not count as processor time.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    setting, rows = Setting(given.agent, given.quick, 1 if given.quick else max(1, given.repeats)), []
    try:
        for name in given.names or DEFAULT:
            print(f"{name}: {BENCHMARKS[name][1]} …", file=sys.stderr, flush=True)
            rows += run_benchmark(name, setting)
    finally:
        setting.close()
    print(f"{Path(given.agent).name} ({setting.checkpoint.network.name}), {len(os.sched_getaffinity(0))} cores, {platform.machine()}, jax {jax.__version__} on {jax.devices()[0].device_kind}")
    print(table(rows))
    if given.json:
        Path(given.json).write_text(json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
