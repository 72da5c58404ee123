"""B12: what less exact products would make of integrated gradients: how much of F(a) − F(0) they miss, and how far maps and F move.

Units for TF32 or bfloat16 are several times as fast as float32's on an accelerator. Factors are rounded here as such units do, so that the answer can be
had without one; how fast they are is B10's subject.
"""

import numpy as np

from benchmarks.rounded_products import FRACTION_BITS, rounded_products
from benchmarks.rows import Row
from benchmarks.setting import BATCH, Setting
from rlvis.attribution.frames import activations_at
from rlvis.attribution.integrated_gradients import Attribution, integrated_gradients
from rlvis.attribution.targets import VALUE


def measure(setting: Setting) -> list[Row]:
    """A row for each layer, in float32 and with factors rounded."""
    exact = {tap: attribute(setting, tap) for tap in setting.taps}
    rows = [Row("B12", "float32", f"layer {tap}", note=f"misses {100 * missed(found):.2f} % of F(a) − F(0)") for tap, found in exact.items()]
    for name, bits in FRACTION_BITS.items():
        with rounded_products(bits):
            rows += [_compared(name, tap, attribute(setting, tap), exact[tap]) for tap in setting.taps]
    return rows


def attribute(setting: Setting, tap: str) -> Attribution:
    """The value's integrated gradients at a layer, by the default rule, of a batch of frames."""
    network, parameters, observations = setting.checkpoint.network, setting.checkpoint.parameters, setting.frames[:BATCH]
    activations = activations_at(network, parameters, tap)(observations, None)
    return integrated_gradients(network, parameters, activations, tap, [VALUE], observations)


def missed(found: Attribution) -> float:
    """`Σ |Σ attr − (F(a) − F(0))| / Σ |F(a) − F(0)|`, sums over frames: a frame whose output hardly differs from F(0) does not count for more than others."""
    differences = np.abs(found.scores - found.baselines)
    return float((found.completeness_error * differences).sum() / differences.sum())


def _compared(name, tap, found, exact):
    lengths = [np.sqrt((np.square(maps, dtype=np.float64)).sum((2, 3, 4))) for maps in (found.maps - exact.maps, exact.maps)]
    moved, scores = float((lengths[0] / lengths[1]).mean()), float(np.abs(found.scores - exact.scores).max() / np.abs(exact.scores).max())
    note = f"misses {100 * missed(found):.2f} %; a frame's maps are moved by {100 * moved:.2f} % of their length on average, F(a) by {100 * scores:.2f} % at most"
    return Row("B12", f"factors rounded to {name}", f"layer {tap}", note=note, numbers={"missed": missed(found), "moved": moved, "scores": scores})
