import ctypes
import os
import platform
import subprocess
import sys

import pytest

from rlvis.environments.stand_in_library import empty_library, load_stand_in

pytestmark = pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="stand-ins are x86-64 ELF files")

PLAY = """
import hashlib, sys
import numpy as np
from rlvis.environments import stand_in_library, procgen_library
if sys.argv[1] == "stand-ins":
    kept = [stand_in_library.load_stand_in(name) for name in procgen_library.SYSTEM_LIBRARIES]
from rlvis.environments.procgen import ProcgenEnvironment
environment = ProcgenEnvironment("coinrun", 2, 3, human_frames=True)
digest = hashlib.sha256()
for step in range(20):
    moment = environment.step(np.array([7, step % 15])).next
    digest.update(moment.observations.tobytes() + moment.frames.tobytes())
print(digest.hexdigest())
"""


def test_an_empty_library_loads_and_is_small():
    library = load_stand_in("libnothing-of-ours.so.1")
    assert not hasattr(library, "glGetString")
    assert len(empty_library("libGL.so.1")) < 1000
    # The loader knows it by its name now: asking for the name gives the same library.
    assert ctypes.CDLL("libnothing-of-ours.so.1")._handle == library._handle


def test_procgen_draws_the_same_without_the_systems_libraries():
    """Libraries loaded first under the same names take the place of the real ones."""
    digests = [subprocess.run([sys.executable, "-c", PLAY, which], capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": ":".join(sys.path)}).stdout for which in ("real", "stand-ins")]
    assert digests[0] == digests[1] and len(digests[0].strip()) == 64
