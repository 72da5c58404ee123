import ctypes
import hashlib
import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from rlvis.environments.procgen import ProcgenEnvironment
from rlvis.environments.stand_in_library import empty_library, load_stand_in

pytestmark = pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="stand-ins are x86-64 ELF files")

PLAY_WITH_STAND_INS = """
from rlvis.environments.procgen_library import SYSTEM_LIBRARIES
from rlvis.environments.stand_in_library import load_stand_in
kept = [load_stand_in(name) for name in SYSTEM_LIBRARIES]
from test_stand_in_library import play
print(play())
"""


def play():
    digest = hashlib.sha256()
    with ProcgenEnvironment("coinrun", 2, 3, human_frames=True) as environment:
        for step in range(10):
            moment = environment.step(np.array([7, step % 15])).next
            digest.update(moment.observations.tobytes() + moment.frames.tobytes())
    return digest.hexdigest()


def test_an_empty_library_loads_and_is_small():
    library = load_stand_in("libnothing-of-ours.so.1")
    assert not hasattr(library, "glGetString")
    assert len(empty_library("libGL.so.1")) < 1000
    # The loader knows it by its name now: asking for the name gives the same library.
    assert ctypes.CDLL("libnothing-of-ours.so.1")._handle == library._handle


def test_procgen_draws_the_same_without_the_systems_libraries():
    """Libraries loaded first under the same names take the place of the real ones."""
    path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    answer = subprocess.run([sys.executable, "-c", PLAY_WITH_STAND_INS], capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": path})
    assert answer.stdout.strip() == play()
