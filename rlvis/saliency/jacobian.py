"""Jacobian maps: the squared gradient of the policy's logits, all at once, or of the value."""

from functools import lru_cache

import jax
import numpy as np

from rlvis.attribution.gradients import input_gradients
from rlvis.saliency.channels import reduce_channels
from rlvis.saliency.gradient import GradientOptions
from rlvis.saliency.method import SaliencyMethod
from rlvis.saliency.perturbed_outputs import initial_state


def jacobian(network, parameters, observations, state, targets, options: GradientOptions) -> np.ndarray:
    """`(∂F/∂x)²`, for the whole policy with `F = ½ ‖u‖²`, u being the logits; channels put together.

    Source: Greydanus et al. 2018, the comparison in section 4.1 and its published code.
    """
    scalar = [target for target in targets if target.kind != "policy"]
    gradients = iter(input_gradients(network, parameters, observations, scalar, state)) if scalar else iter(())
    of_policy = _compile(network)
    parts = [of_policy(parameters, observations, initial_state(network, observations, state)) if target.kind == "policy" else next(gradients) for target in targets]
    return reduce_channels(np.square(np.stack(parts)), options.channels)


@lru_cache(maxsize=64)
def _compile(network):
    def half_square(observations, parameters, state):
        return 0.5 * (network(parameters, observations, state).logits ** 2).sum()

    return jax.jit(lambda parameters, observations, state: jax.grad(half_square)(observations, parameters, state))


JACOBIAN = SaliencyMethod("jacobian", "Jacobian", jacobian, GradientOptions, source="Greydanus et al. 2018")
