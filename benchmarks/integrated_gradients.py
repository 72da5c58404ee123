"""B1: integrated gradients of the value, against captum and against PyTorch's own loop, at the same rule.

The reference's published code feeds each of the ten right-end steps through the part of the network behind the layer in
a Python loop; TensorFlow 1 does not install beside today's Python, so PyTorch runs that loop in its place ("loop").
captum's LayerIntegratedGradients takes its baseline from an input; a gate behind the layer, 0 for the baseline, makes it
zero activations as in the others. Every contender gets the same frames in batches of 32. The reference itself took
25 s for five layers of 256 frames.
"""

from functools import partial

import numpy as np

from benchmarks.rows import Row
from benchmarks.setting import BATCH, MissingPeer, Setting
from benchmarks.timing import Seconds, take_turns
from rlvis.attribution.frames import activations_at, map_frames
from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.targets import VALUE

STEPS = 10
REFERENCE_SECONDS_PER_FRAME = 25 / 256
OWN = "rlvis, right 10"
RULES = {OWN: ("right", STEPS), "rlvis, default (graded 8)": ("graded", 8)}


def measure(setting: Setting) -> list[Row]:
    """Rows for every layer and for all together; ratios are to rlvis at the reference's rule, so above 1 is slower."""
    rows, totals, frames, missing = [], {}, len(setting.frames), None
    for tap in setting.taps:
        contenders = {name: partial(rlvis_maps, setting, tap, quadrature_rule(*rule)) for name, rule in RULES.items()}
        try:
            contenders |= torch_contenders(setting, tap)
        except MissingPeer as error:
            missing = f"not measured: {error}"
        seconds, results = take_turns(contenders, setting.repeats)
        own, truth = seconds[OWN], results[OWN][0]
        for name, taken in seconds.items():
            note = _completeness(results[name][1]) if name in RULES else _difference(results[name], truth)
            rows.append(Row("B1", f"layer {tap}, {frames} frames", name, taken.wall, taken.cpu, **_over(taken, own), note=note))
            totals[name] = totals.get(name, Seconds(0, 0)) + taken
    own, case = totals[OWN], f"all {len(setting.taps)} layers, {frames} frames"
    rows += [Row("B1", case, name, taken.wall, taken.cpu, **_over(taken, own), note=f"{frames / taken.wall:.1f} frames/s") for name, taken in totals.items()]
    if missing:
        rows.append(Row("B1", case, "PyTorch, captum", note=missing))
    published = REFERENCE_SECONDS_PER_FRAME * frames
    rows.append(Row("B1", case, "reference, published", published, None, published / own.wall, note="TensorFlow 1, five layers of the full clear network; on another day, on the same kind of cores"))
    return rows


def _over(taken, own):
    return {} if taken is own else taken.over(own)


def _completeness(errors):
    return f"misses {100 * float(np.mean(errors)):.1f} % of F(a) − F(0)"


def _difference(maps, truth):
    # A unit whose input is zero at a step but for rounding changes single numbers by more than rounding.
    return f"differs from rlvis by {np.abs(maps - truth).sum() / np.abs(truth).sum():.0e} of the sum, {np.abs(maps - truth).max() / np.abs(truth).max():.0e} of the maximum at worst"


def rlvis_maps(setting, tap, rule):
    """rlvis as `rlvis run` calls it: the layer's activations, then their attribution, batches on every core; maps and completeness errors."""
    network, parameters = setting.checkpoint.network, setting.checkpoint.parameters
    activations_of = activations_at(network, parameters, tap)

    def method(observations, state):
        return integrated_gradients(network, parameters, activations_of(observations, state), tap, [VALUE], observations, state, rule)

    results = [result for _, result in map_frames(method, setting.frames, batch_size=BATCH)]
    return np.concatenate([result.maps[0] for result in results]), np.concatenate([result.completeness_error[0] for result in results])


def torch_contenders(setting, tap):
    """The contenders that need PyTorch: functions that give maps `(N, h, w, c)`.

    Raises:
        MissingPeer: without PyTorch or captum, or for a network that has no counterpart there.
    """
    try:
        import torch
        from captum.attr import LayerIntegratedGradients

        from benchmarks.torch_stack import torch_stack

        model = torch_stack(setting.checkpoint.network, setting.checkpoint.parameters)
    except (ImportError, ValueError) as error:
        raise MissingPeer(str(error)) from error
    pictures = torch.from_numpy(setting.frames.transpose(0, 3, 1, 2).copy()).split(BATCH)
    gate = torch.nn.Identity()
    names = list(model.layers)
    before, behind = [model.layers[name] for name in names[: names.index(tap) + 1]], model.tail(tap)

    def activations(picture):
        for module in before:
            picture = module(picture)
        return picture

    def loop_of_one(picture):
        with torch.no_grad():
            a = activations(picture)
        total = torch.zeros_like(a)
        for k in range(1, STEPS + 1):
            point = (a * (k / STEPS)).requires_grad_()
            total += torch.autograd.grad(behind(point).sum(), point)[0]
        return a * total / STEPS

    def gated(picture, opening):
        return behind(gate(activations(picture) * opening))

    captum_method = LayerIntegratedGradients(gated, gate)

    def captum_of_one(picture):
        opening = torch.ones(len(picture), 1, 1, 1)
        return captum_method.attribute((picture, opening), (picture, torch.zeros_like(opening)), n_steps=STEPS, method="riemann_right").detach()

    def run(one):
        return torch.cat([one(picture) for picture in pictures]).permute(0, 2, 3, 1).numpy()

    return {"loop in PyTorch": lambda: run(loop_of_one), "captum": lambda: run(captum_of_one)}
