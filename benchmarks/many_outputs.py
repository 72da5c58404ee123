"""B2: what the value and every action's logit cost together, over the value alone. Wanted: at most 10 times for 15 logits."""

import numpy as np

from benchmarks.rows import Row
from benchmarks.setting import Setting
from benchmarks.timing import Seconds, take_turns
from rlvis.attribution.integrated_gradients import integrated_gradients
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.attribution.targets import VALUE, policy_targets


def measure(setting: Setting) -> list[Row]:
    """Rows for every layer, and for all together, of one batch of frames."""
    network, parameters = setting.checkpoint.network, setting.checkpoint.parameters
    everything = [VALUE, *policy_targets([str(action) for action in range(network.num_actions)])]
    alone, together = "value", f"value and {network.num_actions} logits"
    rows, totals = [], {alone: Seconds(0, 0), together: Seconds(0, 0)}
    for tap in setting.taps:
        observations, activations = setting.batches(tap)[0]

        def attribute(targets, tap=tap, observations=observations, activations=activations):
            return integrated_gradients(network, parameters, activations, tap, targets, observations, rule=quadrature_rule("right", 2 if setting.quick else 10))

        seconds, results = take_turns({alone: lambda: attribute([VALUE]), together: lambda: attribute(everything)}, setting.repeats)
        one, all_of_them = (results[name].maps[0] for name in (alone, together))
        difference = np.abs(one - all_of_them).max() / np.abs(one).max()
        case = f"layer {tap}, {len(observations)} frames"
        rows.append(Row("B2", case, alone, seconds[alone].wall, seconds[alone].cpu))
        rows.append(Row("B2", case, together, seconds[together].wall, seconds[together].cpu, **seconds[together].over(seconds[alone]), note=f"the value's map differs by {difference:.0e} of its maximum"))
        totals = {name: total + seconds[name] for name, total in totals.items()}
    case = f"all {len(setting.taps)} layers"
    rows.append(Row("B2", case, alone, totals[alone].wall, totals[alone].cpu))
    return [*rows, Row("B2", case, together, totals[together].wall, totals[together].cpu, **totals[together].over(totals[alone]), note="wanted: at most 10")]
