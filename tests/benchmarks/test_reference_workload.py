import subprocess
import sys

import numpy as np

from benchmarks.reference_workload import MEASURE


def test_a_process_is_not_charged_with_what_its_parent_holds():
    held = np.ones(200_000_000, np.uint8)
    found = subprocess.run([sys.executable, "-c", MEASURE, sys.executable, "-S", "-c", "print('ignored')"], capture_output=True, text=True, check=True)
    cpu_seconds, kilobytes = map(float, found.stdout.split())
    assert cpu_seconds >= 0 and 1000 < kilobytes < held.nbytes / 1024 / 2


def test_its_failure_is_passed_on():
    found = subprocess.run([sys.executable, "-c", MEASURE, sys.executable, "-S", "-c", "raise SystemExit('no')"], capture_output=True, text=True)
    assert found.returncode == 1 and found.stderr == "no\n"
