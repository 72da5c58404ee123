"""The reference's measured workload, end to end: clear network on CoinRun, 2 × 128 frames, 256 observations, five layers.

    python -m benchmarks.reference_workload CHECKPOINT [--json FILE]

Every run is a process of its own, so that compilation is part of it. The reference (TensorFlow 1, two CPU cores of the
same kind) took 736 s, 931 CPU-s, 71.6 MB in 1566 files, 2.6 GB of memory.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = {"seconds": 736.0, "cpu_seconds": 931.0, "bytes": 71_600_000, "files": 1566, "gigabytes": 2.6}
WORKLOAD = "--trajectories-num-envs 2 --trajectories-num-steps 128 --observations-num-envs 8 --observations-num-obs 32 --observations-obs-every 8".split()
# Linux counts what a process's parent held when it started as the process's own peak, so that a small one has to start it.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(code)
"""
QUICK = "--trajectories-num-envs 2 --trajectories-num-steps 32 --observations-num-envs 8 --observations-num-obs 4 --observations-obs-every 8".split()


@dataclass(frozen=True)
class Workload:
    """One run.

    Attributes:
        rule: integration rule and steps.
        seconds, cpu_seconds: of the process, compilation included.
        bytes, files: what it wrote.
        gigabytes: its peak memory.
        stages: wall-clock seconds by stage, from its progress bars.
        directory: where the interface is.
    """

    rule: str
    seconds: float
    cpu_seconds: float
    bytes: int
    files: int
    gigabytes: float
    stages: dict[str, float]
    directory: str


def run_workload(checkpoint: str, directory: Path, rule: str, steps: int, quick: bool = False, launcher: Sequence[str] = ()) -> Workload:
    """Write the interface in a process of its own, or in several behind a launcher such as `mpiexec -n 2`.

    Raises:
        RuntimeError: if that fails; the message is the process's.
    """
    settings = [*(QUICK if quick else WORKLOAD), "--attr-integrate-rule", rule, "--attr-integrate-steps", str(steps)]
    return run_settings(checkpoint, directory, settings, f"{rule}, {steps} steps", launcher)


def run_settings(checkpoint: str, directory: Path, settings: Sequence[str], name: str, launcher: Sequence[str] = ()) -> Workload:
    """As `run_workload`, with any options of `rlvis run`, and a name for them. Nothing is reused, programs are compiled anew."""
    # The page records its command and the time: the same for every run, so that runs can be compared byte by byte.
    command = [*launcher, sys.executable, "-m", "rlvis", "run", os.path.abspath(checkpoint), "-o", directory.name, "--no-reuse", *settings]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]), "SOURCE_DATE_EPOCH": "1700000000", "RLVIS_COMPILATION_CACHE": "0"}
    directory.parent.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    process = subprocess.run([sys.executable, "-c", MEASURE, *command], cwd=directory.parent, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{process.stderr[-2000:]}")
    cpu_seconds, peak = map(float, process.stdout.split())
    files = [path for path in directory.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return Workload(name, seconds, cpu_seconds, size, len(files), 1024 * peak / 1e9, stages(process.stderr), str(directory))


def stages(text: str) -> dict[str, float]:
    """Seconds by stage, from the progress bars' last states."""
    found = {}
    for line in re.split(r"[\r\n]", text):
        match = re.match(r"(.+?): 100%.*\[(?:(\d+):)?(\d+):(\d+)<", line)
        if match:
            hours, minutes, rest = (int(part or 0) for part in match.groups()[1:])
            found[match[1]] = 3600 * hours + 60 * minutes + rest
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("--json", metavar="FILE", help="also write the numbers there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = [run_workload(arguments.checkpoint, Path(folder) / rule / "interface", rule, steps) for rule, steps in (("right", 10), ("graded", 8))]
    print(f"{len(os.sched_getaffinity(0))} cores; each run is a process of its own, compiles its programs anew and reuses nothing")
    for result in results:
        print(f"\n{result.rule}")
        for name, seconds in result.stages.items():
            print(f"  {name:18} {seconds:6.0f} s")
        for name, unit, scale in (("seconds", "s", 1), ("cpu_seconds", "s", 1), ("bytes", "MB", 1e-6), ("files", "", 1), ("gigabytes", "GB", 1)):
            value = getattr(result, name)
            print(f"  {name:18} {value * scale:6.1f} {unit:3} reference {REFERENCE[name] * scale:7.1f}, ratio {REFERENCE[name] / value:.1f}")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps([asdict(result) for result in results], indent=1))


if __name__ == "__main__":
    main()
