"""B10: integrated gradients as a fraction of the chip's matrix rate, measured beside it, by precision.

A large square matrix product says what the chip can do. What integrated gradients do is counted in the operations of their
convolutions and matrix products, at a size of batch that fills an accelerator; results stay on the device. "float32" is what rlvis computes in;
"tensorfloat32", three digits, is what JAX does on an NVIDIA GPU where nobody asks for more, and `JAX_DEFAULT_MATMUL_PRECISION=tensorfloat32` asks for it.
On a CPU both are the same, and rates are those of one core, from processor time: XLA shares out such a product among all cores, a batch of attribution is kept to one.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.operations import count_operations
from benchmarks.rows import Row
from benchmarks.setting import Setting
from benchmarks.timing import take_turns
from rlvis.attribution.frames import activations_at
from rlvis.attribution.gradients import target_basis
from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.straight_path import MOST_POINTS, path_program, straight_path
from rlvis.attribution.targets import VALUE

PRECISIONS = ("float32", "tensorfloat32")


def measure(setting: Setting) -> list[Row]:
    """One row of the matrix rate and one of integrated gradients at each layer, for each precision."""
    cpu = jax.default_backend() == "cpu"
    side, batch = (2048, 32) if cpu or setting.quick else (8192, 1024)
    rows, maps = [], {}
    for precision in PRECISIONS[: 1 if cpu else None]:
        with jax.default_matmul_precision(precision):
            rate = matrix_rate(side, setting.repeats)
            rows.append(Row("B10", precision, "matrix product", **{clock(): 2 * side**3 / rate}, note=f"{rate / 1e12:.2f} TFLOP/s, {side} × {side}"))
            for tap in setting.taps:
                row, maps[precision, tap] = _layer(setting, tap, batch, rate, precision)
                truth = maps[PRECISIONS[0], tap]
                difference = f", maps {np.abs(maps[precision, tap] - truth).max() / np.abs(truth).max():.0e} of their maximum from float32's" if precision != PRECISIONS[0] else ""
                rows.append(Row(**{**row, "note": row["note"] + difference}))
    return rows


def matrix_rate(side: int, repeats: int) -> float:
    """Operations per second of a product of float32 matrices of random numbers at the precision JAX is set to."""
    matrices = [jax.random.normal(jax.random.key(seed), (side, side)) for seed in (0, 1)]
    product = jax.jit(jnp.matmul)
    seconds, _ = take_turns({"product": lambda: jax.block_until_ready(product(*matrices))}, max(5, repeats))
    return 2 * side**3 / getattr(seconds["product"], clock())


def clock() -> str:
    """Which seconds count, as `Seconds` and `Row` call them."""
    return "cpu" if jax.default_backend() == "cpu" else "wall"


def _layer(setting, tap, batch, rate, precision):
    network, parameters = setting.checkpoint.network, jax.device_put(setting.checkpoint.parameters)
    observations = jnp.asarray(np.resize(setting.frames, (batch, *setting.frames.shape[1:])))
    activations = activations_at(network, parameters, tap)(observations, None)
    basis, rule = target_basis((VALUE,), network.num_actions)[0], quadrature_rule()
    path = partial(straight_path, network, parameters, activations, tap, basis, observations, None, rule)
    seconds, _ = take_turns({tap: lambda: jax.block_until_ready(path())}, max(5, setting.repeats))
    taken = getattr(seconds[tap], clock())
    program = path_program(network, parameters, tap, basis)
    traced = program.traced(parameters, activations, observations, None, *(np.zeros(MOST_POINTS, np.float32),) * 2, np.int32(1), np.bool_(True))
    operations = count_operations(traced, loops=len(rule.points))
    attribution = integrated_gradients(network, parameters, activations[:32], tap, [VALUE], observations[:32], None, rule)
    note = f"{batch / taken:.0f} frames/s, {operations / taken / 1e12:.3f} TFLOP/s, {100 * operations / taken / rate:.1f} % of the product's; misses {100 * float(attribution.completeness_error.mean()):.3f} % of F(a) − F(0)"
    return {"benchmark": "B10", "case": precision, "contender": f"layer {tap}, {batch} frames", clock(): taken, "note": note}, attribution.maps
