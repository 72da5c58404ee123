"""B7: the reference's workload shared by two ranks of one machine, against one; the bytes have to be the same."""

import hashlib
import shutil
import sys
from pathlib import Path

from benchmarks.reference_workload import run_workload
from benchmarks.rows import Row
from benchmarks.setting import MissingPeer, Setting

RANKS = 2


def measure(setting: Setting) -> list[Row]:
    """One row for one process, one for two ranks; the gain is bounded by the cores there are."""
    launcher = Path(sys.executable).with_name("mpiexec")
    if not launcher.exists() and not shutil.which("mpiexec"):
        raise MissingPeer("mpiexec is missing; pip install mpich")
    command = [str(launcher) if launcher.exists() else "mpiexec", "-n", str(RANKS)]
    one = setting.workload
    several = run_workload(setting.path, setting.folder / "ranks" / "interface", "right", 10, quick=setting.quick, launcher=command)
    same = digests(one.directory) == digests(several.directory)
    case = "interface, 2 × 32 frames (quick)" if setting.quick else "interface, 2 × 128 frames"
    note = "the same bytes" if same else "OTHER BYTES than one process wrote"
    return [
        Row("B7", case, "1 process", one.seconds, one.cpu_seconds),
        Row("B7", case, f"{RANKS} ranks", several.seconds, several.cpu_seconds, several.seconds / one.seconds, several.cpu_seconds / one.cpu_seconds, note),
    ]


def digests(directory) -> dict[str, str]:
    """SHA-256 of every file, by its path in the directory."""
    root = Path(directory)
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()}
