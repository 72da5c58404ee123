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
    if network.description is None or network.kind != "actor-critic":
        raise NetworkError(f"network {network.name!r} cannot be run over whole sequences; build an actor-critic from a description")
    description = stack.StackDescription.from_json(network.description)
    trunk, after = _unroll_tower(description.trunk, parameters, observations, firsts, state)
    policy, after_policy = _unroll_tower(description.policy, parameters, trunk, firsts, state)
    value, after_value = _unroll_tower(description.value, parameters, trunk, firsts, state)
    logits, values = (layers.dense(parameters[head], x.reshape(x.shape[0], -1)) for head, x in (("policy", policy), ("value", value)))
    return Outputs(logits, values[:, 0], {**after, **after_policy, **after_value})


def _unroll_tower(tower, parameters, x, firsts, state):
    after = {}
    for layer in tower:
        if isinstance(layer, stack.Recurrence):
            x, after[layer.name] = _unroll_cell(layer, parameters[layer.name], x, firsts, state[layer.name])
        else:
            x, _ = stack.run_layers((layer,), parameters, x, {}, Tap())
    return x, after


def _unroll_cell(layer, parameters, x, firsts, state):
    inputs = x.reshape(*firsts.shape, -1).swapaxes(0, 1)

    def step(state, step_input):
        features, first = step_input
        state = jax.tree.map(lambda part: jnp.where(first[:, None], 0, part), state)
        output, state = recurrent.step(layer.cell, parameters, features, state)
        return state, output

    state, outputs = jax.lax.scan(step, state, (inputs, firsts.T))
    return outputs.swapaxes(0, 1).reshape(x.shape[0], -1), state
