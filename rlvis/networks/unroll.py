"""Running a recurrent network over whole sequences at once, as training needs."""

import jax
import jax.numpy as jnp

from rlvis.errors import NetworkError
from rlvis.networks import layers, recurrent, stack
from rlvis.networks.network import Network, Outputs, Tap


def unroll(network: Network, parameters, observations, firsts, state) -> Outputs:
    """A network's outputs for T consecutive observations of N environments, memory carried along.

    The layers before and after the memory see all T · N observations as one batch; only the recurrent cell itself goes
    step by step, so that no convolution is inside the loop.

    Args:
        network: a network built from a description.
        parameters: its parameters.
        observations: `(N · T, H, W, C)` in [0, 1], environment by environment.
        firsts: `(N, T)` bool, where episodes start: memory is set to zero there.
        state: the memory fed with step 0, leading axis N.

    Returns:
        `logits` `(N · T, A)` and `value` `(N · T,)`, environment by environment; `state` after step T.

    Raises:
        NetworkError: if the network exists only as Python code.
    """
    if network.description is None:
        raise NetworkError(f"network {network.name!r} has no description, so it cannot be run over whole sequences; build it from one")
    description = stack.StackDescription.from_json(network.description)
    tap, x, new_state = Tap(), observations, {}
    for layer in description.trunk:
        if isinstance(layer, stack.Recurrence):
            x, new_state[layer.name] = _unroll_cell(layer, parameters[layer.name], x, firsts, state[layer.name])
        else:
            x, _ = stack._run((layer,), parameters, x, {}, tap)
    flat = x.reshape(x.shape[0], -1)
    policy, _ = stack._run(description.policy, parameters, flat, {}, tap)
    value, _ = stack._run(description.value, parameters, flat, {}, tap)
    return Outputs(layers.dense(parameters["policy"], policy), layers.dense(parameters["value"], value)[:, 0], new_state)


def _unroll_cell(layer, parameters, x, firsts, state):
    inputs = x.reshape(*firsts.shape, -1).swapaxes(0, 1)

    def step(state, step_input):
        features, first = step_input
        state = jax.tree.map(lambda part: jnp.where(first[:, None], 0, part), state)
        output, state = recurrent.step(layer.cell, parameters, features, state)
        return state, output

    state, outputs = jax.lax.scan(step, state, (inputs, firsts.T))
    return outputs.swapaxes(0, 1).reshape(x.shape[0], -1), state
