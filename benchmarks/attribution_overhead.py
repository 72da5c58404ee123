"""B3: integrated gradients over as many plain forward and backward passes of the same part of the network. Wanted: at most 1.15."""

from functools import partial

import jax
import jax.numpy as jnp

from benchmarks.rows import Row
from benchmarks.setting import Setting
from benchmarks.timing import Seconds, take_turns
from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.targets import VALUE

STEPS = 10


def measure(setting: Setting) -> list[Row]:
    """Rows for every layer, and for all together, of one batch of frames."""
    network, parameters = setting.checkpoint.network, setting.checkpoint.parameters
    plain, whole = f"{STEPS} forward and backward passes", f"rlvis, {STEPS} steps"
    rows, totals = [], {plain: Seconds(0, 0), whole: Seconds(0, 0)}
    for tap in setting.taps:
        observations, activations = setting.batches(tap)[0]
        gradient = _plain_gradient(network, tap)
        contenders = {
            plain: partial(_passes, gradient, parameters, activations, observations),
            whole: partial(integrated_gradients, network, parameters, activations, tap, [VALUE], observations, rule=quadrature_rule("right", STEPS)),
        }
        seconds, _ = take_turns(contenders, setting.repeats)
        case = f"layer {tap}, {len(observations)} frames"
        rows.append(Row("B3", case, plain, seconds[plain].wall, seconds[plain].cpu))
        rows.append(Row("B3", case, whole, seconds[whole].wall, seconds[whole].cpu, **seconds[whole].over(seconds[plain])))
        totals = {name: total + seconds[name] for name, total in totals.items()}
    case = f"all {len(setting.taps)} layers"
    rows.append(Row("B3", case, plain, totals[plain].wall, totals[plain].cpu))
    return [*rows, Row("B3", case, whole, totals[whole].wall, totals[whole].cpu, **totals[whole].over(totals[plain]), note="wanted: at most 1.15")]


def _plain_gradient(network, tap):
    """The gradient of the value behind a tap, as anyone would write it."""
    return jax.jit(jax.grad(lambda a, parameters, observations: network(parameters, observations, replace={tap: a}).value.sum()))


def _passes(gradient, parameters, activations, observations):
    total = sum(gradient(activations * (k / STEPS), parameters, observations) for k in range(1, STEPS + 1))
    return jax.block_until_ready(jnp.asarray(total))
