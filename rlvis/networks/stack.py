"""Networks described as a list of layers: most agents are one, so most checkpoints need no code of their own.

What a description is: `stack_description.py`; the shapes that follow from one: `stack_shapes.py`; here it becomes a
network.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from rlvis.networks import layers, recurrent
from rlvis.networks.attention import Attention, run_attention
from rlvis.networks.combined_attention import AttentionTap, combine
from rlvis.networks.max_pooling import max_pool
from rlvis.networks.network import Network, Outputs
from rlvis.networks.stack_description import (
    LAYERS,
    Activation,
    Affine,
    Convolution,
    Dense,
    Layer,
    Normalization,
    Padding,
    Pool,
    Recurrence,
    ResidualBlock,
    StackDescription,
    check_description,
)
from rlvis.networks.stack_shapes import input_shapes, parameter_shapes

__all__ = [
    "LAYERS", "Activation", "Affine", "Attention", "Convolution", "Dense", "Layer", "Normalization", "Padding", "Pool", "Recurrence", "ResidualBlock", "StackDescription",
    "build_stack", "initialize", "input_shapes", "parameter_shapes",
]  # fmt: skip


def build_stack(description: StackDescription) -> Network:
    """The network that a description describes.

    Returns:
        A `Network` whose parameters are `{layer: {"kernel", "bias", …}}`; residual blocks have
        `{name}.conv1` and `{name}.conv2`, the heads "policy" and, for actor-critics and dueling networks, "value".

    Raises:
        NetworkError: if the description names something that does not exist, or the same layer twice.
    """
    check_description(description)
    memories = [layer for layer in description.layers if isinstance(layer, Recurrence)]

    def forward(parameters, observations, state, tap):
        tap = AttentionTap(tap)
        x, state_after = run_layers(description.trunk, parameters, observations, state or {}, tap)
        policy, policy_state = run_layers(description.policy, parameters, x, state or {}, tap)
        logits = layers.dense(parameters["policy"], _flat(policy))
        value, value_state = None, {}
        if description.has_value_head:
            value, value_state = run_layers(description.value, parameters, x, state or {}, tap)
            value = layers.dense(parameters["value"], _flat(value))
        if description.kind == "q":
            logits = _action_values(description, logits, value)
            value = logits.max(axis=-1)
        else:
            value = value[:, 0]
        return Outputs(logits, value, {**state_after, **policy_state, **value_state} or None, combine(description, tap.weights))

    def initial_state(batch_size):
        return {layer.name: recurrent.initial_state(layer.cell, batch_size, layer.features) for layer in memories}

    return Network(forward, description.observation_shape, description.num_actions, lambda key: initialize(description, key),
                   initial_state if memories else None, description.kind, description.name, description.to_json())


def _action_values(description, outputs, value):
    """Q `(N, A)` from the head's outputs `(N, A·Z)`, and V `(N, Z)` of a dueling network; Z is 1 without atoms."""
    outputs = outputs.reshape(-1, description.num_actions, max(1, len(description.atoms)))
    if description.dueling:
        outputs = value[:, None] + outputs - outputs.mean(axis=1, keepdims=True)
    if not description.atoms:
        return outputs[:, :, 0]
    # Q = Σ_z softmax(logits)_z · z
    return jax.nn.softmax(outputs, axis=-1) @ jnp.asarray(description.atoms, jnp.float32)


def _flat(x):
    return x.reshape(x.shape[0], -1)


def run_layers(tower: Sequence[Layer], parameters, x, state, tap):
    """Some of a stack's layers, one after another: what comes out for `x`, and the memory of the recurrent ones among them."""
    new_state = {}
    for layer in tower:
        if isinstance(layer, Recurrence):
            x = tap(f"{layer.name}.preactivation", recurrent.from_input(parameters[layer.name], _flat(x)), kind="preactivation")
            x, new_state[layer.name] = recurrent.step_behind_input(layer.cell, parameters[layer.name], x, state[layer.name])
            x = tap(layer.name, x, kind=layer.cell)
        else:
            x = _RUN[type(layer)](layer, parameters, x, tap)
    return x, new_state


def _run_convolution(layer, parameters, x, tap):
    x = layers.convolution(parameters[layer.name], x, layer.stride, layer.padding)
    if layer.normalization:
        x = layers.batch_normalization(parameters[f"{layer.name}.normalization"], x)
    x = tap(f"{layer.name}.preactivation", x, kind="preactivation")
    return tap(layer.name, layers.ACTIVATIONS[layer.activation](x), kind="conv" if layer.activation == "linear" else layer.activation)


def _run_pool(layer, parameters, x, tap):
    pool = {"max": max_pool, "average": layers.average_pool, "l2": layers.l2_pool}[layer.kind]
    return tap(layer.name, pool(x, layer.window, layer.stride, layer.padding), kind="pool")


def _run_residual_block(layer, parameters, x, tap):
    y = tap(f"{layer.name}.relu1", jax.nn.relu(x), kind="relu")
    y = tap(f"{layer.name}.conv1", layers.convolution(parameters[f"{layer.name}.conv1"], y), kind="conv")
    y = tap(f"{layer.name}.relu2", jax.nn.relu(y), kind="relu")
    y = tap(f"{layer.name}.conv2", layers.convolution(parameters[f"{layer.name}.conv2"], y), kind="conv")
    return tap(layer.name, x + y, kind="residual")


def _run_activation(layer, parameters, x, tap):
    return tap(layer.name, layers.ACTIVATIONS[layer.function](x), kind=layer.function)


def _run_affine(layer, parameters, x, tap):
    return x * layer.scale + layer.offset


def _run_normalization(layer, parameters, x, tap):
    if layer.over == "batch":
        return layers.batch_normalization(parameters[layer.name], x, layer.epsilon)
    return layers.layer_normalization(parameters[layer.name], x, -1 if layer.over == "features" else tuple(range(1, x.ndim)), layer.epsilon)


def _run_dense(layer, parameters, x, tap):
    x = layers.dense(parameters[layer.name], x.reshape(x.shape[0], -1))
    x = tap(f"{layer.name}.preactivation", x, kind="preactivation")
    return tap(layer.name, layers.ACTIVATIONS[layer.activation](x), kind=layer.activation if layer.activation != "linear" else "dense")


_RUN = {
    Convolution: _run_convolution, Pool: _run_pool, ResidualBlock: _run_residual_block, Activation: _run_activation, Affine: _run_affine, Normalization: _run_normalization,
    Dense: _run_dense, Attention: run_attention,
}  # fmt: skip


def initialize(description: StackDescription, key) -> dict[str, dict[str, jax.Array]]:
    """Fresh parameters: orthogonal with gain √2, 0.01 for the policy head, 1 for the value head; biases 0.

    Source: Saxe et al. 2013; gains as in Baselines' PPO2.
    """
    shapes = parameter_shapes(description)
    keys = jax.random.split(key, len(shapes))
    return {name: _initialize_layer(name, group, key) for (name, group), key in zip(shapes.items(), keys, strict=True)}


def _initialize_layer(name, shapes, key):
    gain = {"policy": 0.01, "value": 1.0}.get(name, 2.0**0.5)
    parameters = {}
    for part, shape in shapes.items():
        if part in ("kernel", "input_kernel", "hidden_kernel"):
            key, part_key = jax.random.split(key)
            parameters[part] = jax.nn.initializers.orthogonal(gain)(part_key, shape, jnp.float32)
        else:
            parameters[part] = jnp.ones(shape) if part in ("scale", "variance") else jnp.zeros(shape)
    return parameters
