"""B4: perturbation saliency against XAITK-saliency's pipeline and the published loop (`perturbation_saliency.py`)."""

from benchmarks.rows import Row
from benchmarks.setting import MissingPeer, Setting
from benchmarks.timing import take_turns


def measure(setting: Setting) -> list[Row]:
    """One row per contender, seconds per frame; ratios are to xaitk, so below 1 is faster."""
    try:
        import torch
        import xaitk_saliency  # noqa: F401

        from benchmarks.perturbation_saliency import contenders
    except ImportError as error:
        raise MissingPeer(str(error)) from error
    torch.set_grad_enabled(False)
    try:
        runs = contenders(8 if setting.quick else 16)
        seconds, _ = take_turns({name: run for name, (_, run) in runs.items()}, setting.repeats)
    finally:
        torch.set_grad_enabled(True)
    each = {name: seconds[name] / frames for name, (frames, _) in runs.items()}
    rows = []
    for name, taken in each.items():
        ratio = {} if name == "xaitk" else taken.over(each["xaitk"])
        note = "" if name == "xaitk" else f"{each['xaitk'].wall / taken.wall:.1f} times as fast as xaitk"
        rows.append(Row("B4", "256 masks, per frame of 80 × 80", name, taken.wall, taken.cpu, **ratio, note=note))
    return rows
