"""Trains as `test_parallel.py` asks, started by mpiexec: `two_ranks.py DIRECTORY OPTIONS-AS-JSON`."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from conftest import quick_initialize  # noqa: E402

from rlvis.networks import stack  # noqa: E402
from rlvis.training.train import train  # noqa: E402

stack.initialize = quick_initialize
train(output=sys.argv[1], **json.loads(sys.argv[2]))
