"""Two ranks train what one process trains."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rlvis.training.run_directory import RunDirectory
from rlvis.training.train import train

MPIEXEC = Path(sys.executable).parent / "mpiexec"


@pytest.mark.timeout(120)
def test_two_ranks_do_what_one_process_does(tmp_path, tiny_training):
    pytest.importorskip("mpi4py")
    if not MPIEXEC.exists():
        pytest.skip(f"no mpiexec beside {sys.executable}: pip install mpich")
    options = {**tiny_training, "env_groups": 2, "total_steps": 192, "reward_processing": "normalize"}
    script = Path(__file__).with_name("two_ranks.py")
    command = [MPIEXEC, "-n", "2", sys.executable, "-W", "error", script, tmp_path / "two", json.dumps(options)]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=110)
    assert result.returncode == 0, result.stderr
    train(output=tmp_path / "one", **options)
    one, two = (RunDirectory(tmp_path / name).load_state() for name in ("one", "two"))
    assert one.keys() == two.keys()
    for name in one:
        if name != "seconds":
            np.testing.assert_allclose(two[name], one[name], rtol=1e-4, atol=1e-6, err_msg=name)
    progress = [RunDirectory(tmp_path / name).read_progress() for name in ("one", "two")]
    for name in progress[0]:
        if name != "seconds" and not name.endswith(("_second", "_fraction")) or name == "clip_fraction":
            np.testing.assert_allclose(progress[1][name], progress[0][name], rtol=1e-3, atol=1e-6, err_msg=name)
    # The same games were played: what the emulators are at is equal, not only near.
    for name in (name for name in one if "/emulators/" in name):
        np.testing.assert_array_equal(two[name], one[name])
