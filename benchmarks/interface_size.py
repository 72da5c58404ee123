"""B5: the reference's whole workload: seconds, bytes, files and peak memory, against the reference's recorded ones."""

from benchmarks.reference_workload import REFERENCE, Workload
from benchmarks.rows import Row
from benchmarks.setting import Setting


def measure(setting: Setting) -> list[Row]:
    """One row for rlvis, one for the reference. With another agent than its clear network the work differs a little."""
    made = setting.workload
    case = "interface, 2 × 32 frames (quick)" if setting.quick else "interface, 2 × 128 frames"
    note = f"{_size(made)}; stages: " + ", ".join(f"{name} {seconds:.0f}" for name, seconds in made.stages.items())
    numbers = {"bytes": made.bytes, "files": made.files, "gigabytes": made.gigabytes}
    rows = [Row("B5", case, f"rlvis, {made.rule}", made.seconds, made.cpu_seconds, note=note, numbers=numbers)]
    if not setting.quick:
        reference = {f"ratio_{name}": REFERENCE[key] / getattr(made, key) for name, key in (("wall", "seconds"), ("cpu", "cpu_seconds"))}
        size = f"{REFERENCE['bytes'] / 1e6:.1f} MB in {REFERENCE['files']} files, {REFERENCE['gigabytes']} GB"
        fewer = f"{REFERENCE['bytes'] / made.bytes:.1f} times the bytes, {REFERENCE['files'] / made.files:.0f} times the files"
        rows.append(Row("B5", case, "reference, published", REFERENCE["seconds"], REFERENCE["cpu_seconds"], **reference, note=f"{size}: {fewer}"))
    return rows


def _size(made: Workload):
    return f"{made.bytes / 1e6:.2f} MB in {made.files} files, {made.gigabytes:.1f} GB"
