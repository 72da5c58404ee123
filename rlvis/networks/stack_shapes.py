"""The shapes of a described network's parameters, and of what reaches each of its layers."""

from math import prod

from rlvis.errors import NetworkError
from rlvis.networks import recurrent
from rlvis.networks.attention import Attention, attention_shapes
from rlvis.networks.stack_description import Convolution, Dense, Normalization, Pool, Recurrence, ResidualBlock, StackDescription


def parameter_shapes(description: StackDescription) -> dict[str, dict[str, tuple[int, ...]]]:
    """The shape of every parameter, `{layer: {"kernel": …, "bias": …}}`, in the order of computation.

    Raises:
        NetworkError: if an observation of that size leaves nothing after some layer.
    """
    return _walk(description)[0]


def input_shapes(description: StackDescription) -> dict[str, tuple[int, ...]]:
    """The shape of what reaches each layer, without the batch: `(H, W, C)` or `(D,)`; of the heads too.

    Raises:
        NetworkError: as `parameter_shapes`.
    """
    return _walk(description)[1]


def _walk(description):
    shapes: dict[str, dict[str, tuple[int, ...]]] = {}
    inputs: dict[str, tuple[int, ...]] = {}
    trunk = _tower(description.trunk, description.observation_shape, shapes, inputs)
    inputs["policy"] = _tower(description.policy, trunk, shapes, inputs)
    returns = max(1, len(description.atoms))
    shapes["policy"] = _with_bias(True, (prod(inputs["policy"]), description.num_actions * returns))
    if description.has_value_head:
        inputs["value"] = _tower(description.value, trunk, shapes, inputs)
        shapes["value"] = _with_bias(True, (prod(inputs["value"]), returns))
    return shapes, inputs


def _tower(tower, shape, shapes, inputs):
    for layer in tower:
        inputs[layer.name] = shape
        if isinstance(layer, Convolution):
            _needs_picture(layer, shape)
            shapes[layer.name] = _with_bias(layer.bias, (*layer.kernel, shape[-1], layer.features))
            if layer.normalization:
                shapes[f"{layer.name}.normalization"] = {part: (layer.features,) for part in ("mean", "variance", "scale", "offset")}
            shape = _window_shape(layer, layer.kernel, shape, layer.features)
        elif isinstance(layer, Pool):
            shape = _window_shape(layer, layer.window, shape, shape[-1])
        elif isinstance(layer, ResidualBlock):
            _needs_picture(layer, shape)
            for part in ("conv1", "conv2"):
                inputs[f"{layer.name}.{part}"] = shape
                shapes[f"{layer.name}.{part}"] = _with_bias(True, (3, 3, layer.features, layer.features))
        elif isinstance(layer, Attention):
            _needs_picture(layer, shape)
            shapes |= attention_shapes(layer, shape[-1])
            inputs |= {f"{layer.name}.hidden": shape, f"{layer.name}.output": (*shape[:2], layer.features)}
            shape = shape[-1:] if layer.join == "sum" else shape
        elif isinstance(layer, Normalization):
            parts = ("mean", "variance", "scale", "offset") if layer.over == "batch" else ("scale", "offset")
            shapes[layer.name] = dict.fromkeys(parts, shape if layer.over == "everything" else shape[-1:])
        elif isinstance(layer, Dense):
            shapes[layer.name] = _with_bias(layer.bias, (prod(shape), layer.features))
            shape = (layer.features,)
        elif isinstance(layer, Recurrence):
            shapes[layer.name] = recurrent.parameter_shapes(layer.cell, prod(shape), layer.features)
            shape = (layer.features,)
    return shape


def _with_bias(bias, kernel):
    return {"kernel": kernel, "bias": kernel[-1:]} if bias else {"kernel": kernel}


def _needs_picture(layer, shape):
    if len(shape) != 3:
        raise NetworkError(f"layer {layer.name!r} works on pictures, but what reaches it has shape {shape}")


def _window_shape(layer, window, shape, features):
    _needs_picture(layer, shape)
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
