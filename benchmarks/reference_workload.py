"""The reference's measured workload, end to end: clear network on CoinRun, 2 × 128 frames, 256 observations, five layers.

    python -m benchmarks.reference_workload CHECKPOINT [--json FILE]

Every run is a process of its own, so that compilation is part of it. The reference (TensorFlow 1, two CPU cores of the
same kind) took 736 s, 71.6 MB in 1566 files, 2.6 GB of memory.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REFERENCE = {"seconds": 736.0, "bytes": 71_600_000, "files": 1566, "gigabytes": 2.6}
WORKLOAD = "--trajectories-num-envs 2 --trajectories-num-steps 128 --observations-num-envs 8 --observations-num-obs 32 --observations-obs-every 8".split()


def measure(checkpoint: str, rule: str, steps: int) -> dict:
    """One run in a process of its own: seconds by stage, CPU-seconds, bytes, files, peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "interface"
        command = [sys.executable, "-m", "rlvis", "run", checkpoint, "-o", str(output), *WORKLOAD, "--attr-integrate-rule", rule, "--attr-integrate-steps", str(steps)]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.run(command, capture_output=True, text=True)
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode:
            raise SystemExit(process.stderr)
        files = [path for path in output.rglob("*") if path.is_file()]
        return {
            "rule": f"{rule}, {steps} steps",
            "seconds": seconds,
            "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "bytes": sum(path.stat().st_size for path in files),
            "files": len(files),
            "gigabytes": after.ru_maxrss / 1e6,
            "stages": stages(process.stderr),
        }


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
    results = [measure(arguments.checkpoint, *settings) for settings in (("right", 10), ("graded", 8))]
    for result in results:
        print(f"\n{result['rule']}")
        for name, seconds in result["stages"].items():
            print(f"  {name:18} {seconds:6.0f} s")
        for name, unit, scale in (("seconds", "s", 1), ("bytes", "MB", 1e-6), ("files", "", 1), ("gigabytes", "GB", 1)):
            print(f"  {name:18} {result[name] * scale:6.1f} {unit:3} reference {REFERENCE[name] * scale:7.1f}, ratio {REFERENCE[name] / result[name]:.1f}")
        print(f"  {'CPU-seconds':18} {result['cpu_seconds']:6.1f} s")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
