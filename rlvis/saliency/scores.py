"""How much a perturbation matters: scores of perturbed outputs against those of the unperturbed frame.

Each is a function `(PerturbedOutputs, target) → (N, K)` float32.
"""

from collections.abc import Callable

import numpy as np

from rlvis.attribution.targets import Target
from rlvis.errors import OptionError
from rlvis.saliency.perturbed_outputs import PerturbedOutputs
from rlvis.saliency.sarfa import specific_relevant_saliency

Score = Callable[[PerturbedOutputs, Target], np.ndarray]


def squared_difference(outputs: PerturbedOutputs, target: Target) -> np.ndarray:
    """`½ ‖u(x) − u(x')‖²`, u being all logits for the whole policy, else the target itself.

    Source: Greydanus et al. 2018, equations 2 and 3.
    """
    if target.kind == "policy":
        return 0.5 * np.square(outputs.perturbed_logits - outputs.logits[:, None]).sum(axis=-1)
    return 0.5 * np.square(difference(outputs, target))


def difference(outputs: PerturbedOutputs, target: Target) -> np.ndarray:
    """`u(x) − u(x')`: positive where hiding something lowers the target.

    Raises:
        OptionError: for the whole policy, which is no single number.
    """
    if target.kind == "policy":
        raise OptionError("the signed difference needs one number to compare, not the whole policy; ask for the value or one action, or for squared differences")
    if target.kind == "value":
        return outputs.value[:, None] - outputs.perturbed_value
    actions = list(target.actions)
    return outputs.logits[:, None, actions].sum(axis=-1) - outputs.perturbed_logits[:, :, actions].sum(axis=-1)


def probability_difference(outputs: PerturbedOutputs, target: Target) -> np.ndarray:
    """`p(a | x) − p(a | x')`, p = softmax(logits); of the greedy action for the whole policy, summed over a group.

    Raises:
        OptionError: for the value.
    """
    chosen = action_weights(outputs, target)
    before = (softmax(outputs.logits) * chosen).sum(axis=-1)
    return before[:, None] - (softmax(outputs.perturbed_logits) * chosen[:, None]).sum(axis=-1)


def sarfa(outputs: PerturbedOutputs, target: Target) -> np.ndarray:
    """Specific and relevant saliency of an action (`rlvis.saliency.sarfa`); of the greedy one for the whole policy."""
    return specific_relevant_saliency(outputs.logits, outputs.perturbed_logits, action_weights(outputs, target) > 0)


def action_weights(outputs: PerturbedOutputs, target: Target) -> np.ndarray:
    """Which actions a target is about in each frame, `(N, A)` of 0 and 1."""
    if target.kind == "value":
        raise OptionError("this score compares actions' probabilities and says nothing about the value; use squared differences for the value")
    chosen = np.zeros_like(outputs.logits)
    if target.kind == "policy":
        np.put_along_axis(chosen, outputs.logits.argmax(axis=-1, keepdims=True), 1, axis=-1)
    else:
        chosen[:, list(target.actions)] = 1
    return chosen


def softmax(logits: np.ndarray) -> np.ndarray:
    """`exp(u) / Σ exp(u)` over the last axis."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


SCORES: dict[str, Score] = {"squared": squared_difference, "difference": difference, "probability": probability_difference, "sarfa": sarfa}
SIGNED_SCORES = ("difference", "probability")
