"""Networks described as a list of layers: most agents are one, so most checkpoints need no code of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.errors import NetworkError
from rlvis.networks import layers, recurrent
from rlvis.networks.network import Network, Outputs

Padding = str | tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Convolution:
    """A convolution with `features` output channels, then an activation; tapped after the activation."""

    name: str
    features: int
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = "SAME"
    activation: str = "relu"
    bias: bool = True
    normalization: bool = False


@dataclass(frozen=True)
class Pool:
    """A pooling layer: "max", "average" or "l2"."""

    name: str
    kind: str
    window: tuple[int, int] = (2, 2)
    stride: tuple[int, int] = (2, 2)
    padding: Padding = "SAME"


@dataclass(frozen=True)
class ResidualBlock:
    """`x + conv2(relu2(conv1(relu1(x))))` with 3 × 3 convolutions (IMPALA, Espeholt et al. 2018, figure 3)."""

    name: str
    features: int


@dataclass(frozen=True)
class Activation:
    """An activation function by itself."""

    name: str
    function: str = "relu"


@dataclass(frozen=True)
class Dense:
    """A fully connected layer, then an activation; what comes in is flattened in (H, W, C) order."""

    name: str
    features: int
    activation: str = "relu"
    bias: bool = True


@dataclass(frozen=True)
class Recurrence:
    """An LSTM or GRU cell; what comes in is flattened, what goes out is the cell's output."""

    name: str
    features: int
    cell: str = "lstm"


LAYERS = {layer.__name__: layer for layer in (Convolution, Pool, ResidualBlock, Activation, Dense, Recurrence)}
Layer = Convolution | Pool | ResidualBlock | Activation | Dense | Recurrence


@dataclass(frozen=True)
class StackDescription:
    """A network as data: a trunk of layers, then one tower for the policy and one for the value.

    Attributes:
        observation_shape: `(H, W, C)`.
        num_actions: A.
        trunk: layers from the observation on.
        policy, value: layers between the trunk and each head; the heads "policy" `(D, A)` and "value" `(D, 1)`
            themselves are not listed.
        kind: "actor-critic"; or "q": the head "policy" gives action values, value = max of them.
        name: what to call the network.
    """

    observation_shape: tuple[int, int, int]
    num_actions: int
    trunk: tuple[Layer, ...]
    policy: tuple[Layer, ...] = ()
    value: tuple[Layer, ...] = ()
    kind: str = "actor-critic"
    name: str = "stack"

    def to_json(self) -> dict[str, Any]:
        """The description as plain data."""
        towers = {key: [{"layer": type(x).__name__, **vars(x)} for x in getattr(self, key)] for key in ("trunk", "policy", "value")}
        return {"architecture": "stack", "observation_shape": list(self.observation_shape), "num_actions": self.num_actions,
                "kind": self.kind, "name": self.name, **towers}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "StackDescription":
        """The inverse of `to_json`; raises `NetworkError` for anything else."""
        try:
            towers = {key: tuple(_layer_from_json(x) for x in data.get(key, ())) for key in ("trunk", "policy", "value")}
            return cls(tuple(int(n) for n in data["observation_shape"]), int(data["num_actions"]), kind=str(data.get("kind", "actor-critic")),
                       name=str(data.get("name", "stack")), **towers)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NetworkError(f"this is not the description of a network: {error!r}; expected observation_shape, num_actions and trunk") from error


def _layer_from_json(data):
    data = dict(data)
    kind = data.pop("layer")
    if kind not in LAYERS:
        raise NetworkError(f"unknown layer {kind!r} in a network description; there are {', '.join(LAYERS)}")
    return LAYERS[kind](**{key: _tuples(value) for key, value in data.items()})


def _tuples(value):
    return tuple(_tuples(x) for x in value) if isinstance(value, list) else value


def build_stack(description: StackDescription) -> Network:
    """The network that a description describes.

    Returns:
        A `Network` whose parameters are `{layer: {"kernel", "bias", …}}`; residual blocks have
        `{name}.conv1` and `{name}.conv2`, the heads "policy" and, for actor-critics, "value".
    """
    memories = [layer for layer in description.trunk if isinstance(layer, Recurrence)]

    def forward(parameters, observations, state, tap):
        x, new_state = _run(description.trunk, parameters, observations, state or {}, tap)
        flat = x.reshape(x.shape[0], -1)
        policy, _ = _run(description.policy, parameters, flat, {}, tap)
        logits = layers.dense(parameters["policy"], policy)
        if description.kind == "q":
            return Outputs(logits, logits.max(axis=-1), new_state or None)
        value, _ = _run(description.value, parameters, flat, {}, tap)
        return Outputs(logits, layers.dense(parameters["value"], value)[:, 0], new_state or None)

    def initial_state(batch_size):
        return {layer.name: recurrent.initial_state(layer.cell, batch_size, layer.features) for layer in memories}

    return Network(forward, description.observation_shape, description.num_actions, lambda key: initialize(description, key),
                   initial_state if memories else None, description.kind, description.name, description.to_json())


def _run(tower: Sequence[Layer], parameters, x, state, tap):
    new_state = {}
    for layer in tower:
        if isinstance(layer, Recurrence):
            x, new_state[layer.name] = recurrent.step(layer.cell, parameters[layer.name], x.reshape(x.shape[0], -1), state[layer.name])
            x = tap(layer.name, x, kind=layer.cell)
        else:
            x = _RUN[type(layer)](layer, parameters, x, tap)
    return x, new_state


def _run_convolution(layer, parameters, x, tap):
    x = layers.convolution(parameters[layer.name], x, layer.stride, layer.padding)
    if layer.normalization:
        x = layers.batch_normalization(parameters[f"{layer.name}.normalization"], x)
    return tap(layer.name, layers.ACTIVATIONS[layer.activation](x), kind="conv" if layer.activation == "linear" else layer.activation)


def _run_pool(layer, parameters, x, tap):
    pool = {"max": layers.max_pool, "average": layers.average_pool, "l2": layers.l2_pool}[layer.kind]
    return tap(layer.name, pool(x, layer.window, layer.stride, layer.padding), kind="pool")


def _run_residual_block(layer, parameters, x, tap):
    y = tap(f"{layer.name}.relu1", jax.nn.relu(x), kind="relu")
    y = tap(f"{layer.name}.conv1", layers.convolution(parameters[f"{layer.name}.conv1"], y), kind="conv")
    y = tap(f"{layer.name}.relu2", jax.nn.relu(y), kind="relu")
    y = tap(f"{layer.name}.conv2", layers.convolution(parameters[f"{layer.name}.conv2"], y), kind="conv")
    return tap(layer.name, x + y, kind="residual")


def _run_activation(layer, parameters, x, tap):
    return tap(layer.name, layers.ACTIVATIONS[layer.function](x), kind=layer.function)


def _run_dense(layer, parameters, x, tap):
    x = layers.dense(parameters[layer.name], x.reshape(x.shape[0], -1))
    return tap(layer.name, layers.ACTIVATIONS[layer.activation](x), kind=layer.activation if layer.activation != "linear" else "dense")


_RUN = {Convolution: _run_convolution, Pool: _run_pool, ResidualBlock: _run_residual_block, Activation: _run_activation, Dense: _run_dense}


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


def parameter_shapes(description: StackDescription) -> dict[str, dict[str, tuple[int, ...]]]:
    """The shape of every parameter, `{layer: {"kernel": …, "bias": …}}`, in the order of computation.

    Raises:
        NetworkError: if an observation of that size leaves nothing after some layer.
    """
    shapes: dict[str, dict[str, tuple[int, ...]]] = {}
    trunk = _tower_shapes(description.trunk, description.observation_shape, shapes)
    flat = (int(np.prod(trunk)),)
    policy = _tower_shapes(description.policy, flat, shapes)
    shapes["policy"] = {"kernel": (policy[0], description.num_actions), "bias": (description.num_actions,)}
    if description.kind != "q":
        value = _tower_shapes(description.value, flat, shapes)
        shapes["value"] = {"kernel": (value[0], 1), "bias": (1,)}
    return shapes


def _tower_shapes(tower, shape, shapes):
    for layer in tower:
        if isinstance(layer, Convolution):
            shapes[layer.name] = _with_bias(layer.bias, (*layer.kernel, shape[-1], layer.features))
            if layer.normalization:
                shapes[f"{layer.name}.normalization"] = {part: (layer.features,) for part in ("mean", "variance", "scale", "offset")}
            shape = _window_shape(layer, layer.kernel, shape, layer.features)
        elif isinstance(layer, Pool):
            shape = _window_shape(layer, layer.window, shape, shape[-1])
        elif isinstance(layer, ResidualBlock):
            for part in ("conv1", "conv2"):
                shapes[f"{layer.name}.{part}"] = _with_bias(True, (3, 3, layer.features, layer.features))
        elif isinstance(layer, Dense):
            shapes[layer.name] = _with_bias(layer.bias, (int(np.prod(shape)), layer.features))
            shape = (layer.features,)
        elif isinstance(layer, Recurrence):
            shapes[layer.name] = recurrent.parameter_shapes(layer.cell, int(np.prod(shape)), layer.features)
            shape = (layer.features,)
    return shape


def _with_bias(bias, kernel):
    return {"kernel": kernel, "bias": kernel[-1:]} if bias else {"kernel": kernel}


def _window_shape(layer, window, shape, features):
    if len(shape) != 3:
        raise NetworkError(f"layer {layer.name!r} works on pictures, but what reaches it has shape {shape}")
    sizes = []
    for axis in (0, 1):
        if layer.padding == "SAME":
            size = -(-shape[axis] // layer.stride[axis])
        else:
            pads = (0, 0) if layer.padding == "VALID" else layer.padding[axis]
            size = (shape[axis] + sum(pads) - window[axis]) // layer.stride[axis] + 1
        if size < 1:
            raise NetworkError(f"layer {layer.name!r} with window {window} does not fit what reaches it, {shape[:2]}: the observation is too small for this network")
        sizes.append(size)
    return (*sizes, features)
