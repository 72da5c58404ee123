"""A stack of layers in PyTorch, with the parameters of rlvis's own: what attribution is compared with.

`torch_stack(description, parameters)` gives a module with one child per layer of the trunk, so that a layer's output can
be hooked, and `tail(name)`, the part behind it. Pictures are `(N, C, H, W)`.
"""

import jax
import numpy as np
import torch
from torch.nn import functional

from rlvis.networks.stack_description import Convolution, Dense, Pool, StackDescription


def _tensor(array):
    return torch.from_numpy(np.array(array))


def _pads(size, window, stride, padding):
    """`(left, right, top, bottom)` as `torch.nn.functional.pad` takes it."""
    (top, bottom), (left, right) = jax.lax.padtype_to_pads(size, window, stride, padding) if isinstance(padding, str) else padding
    return left, right, top, bottom


class TorchConvolution(torch.nn.Module):
    """A convolution and its activation."""

    def __init__(self, layer, parameters):
        super().__init__()
        self.layer, self.kernel, self.bias = layer, _tensor(np.transpose(parameters["kernel"], (3, 2, 0, 1))), _tensor(parameters["bias"])

    def forward(self, x):
        left, right, top, bottom = _pads(x.shape[2:], self.layer.kernel, self.layer.stride, self.layer.padding)
        if (left, top) == (right, bottom):
            return torch.relu(functional.conv2d(x, self.kernel, self.bias, self.layer.stride, (top, left)))
        return torch.relu(functional.conv2d(functional.pad(x, (left, right, top, bottom)), self.kernel, self.bias, self.layer.stride))


class TorchPool(torch.nn.Module):
    """Maximum or L2 pooling of windows that need no padding."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        if any(_pads(x.shape[2:], self.layer.window, self.layer.stride, self.layer.padding)):
            raise ValueError(f"{self.layer.name} pads")
        if self.layer.kind == "max":
            return functional.max_pool2d(x, self.layer.window, self.layer.stride)
        return (functional.avg_pool2d(x * x, self.layer.window, self.layer.stride) + 1e-8).sqrt()


class TorchDense(torch.nn.Module):
    """A dense layer and its activation; pictures are flattened in (H, W, C) order."""

    def __init__(self, parameters, activation="linear"):
        super().__init__()
        self.kernel, self.bias, self.activation = _tensor(np.transpose(parameters["kernel"])), _tensor(parameters["bias"]), activation

    def forward(self, x):
        x = functional.linear(x.permute(0, 2, 3, 1).flatten(1) if x.ndim == 4 else x, self.kernel, self.bias)
        return torch.relu(x) if self.activation == "relu" else x


class TorchStack(torch.nn.Module):
    """The network; calling it gives the value `(N,)`."""

    def __init__(self, description: StackDescription, parameters):
        super().__init__()
        self.layers = torch.nn.ModuleDict({layer.name: _module(layer, parameters) for layer in description.trunk})
        self.value = TorchDense(parameters["value"])

    def forward(self, x):
        return self.tail(None)(x)

    def tail(self, name):
        """The function from a layer's output, or from pictures (`None`), to the value."""
        names = list(self.layers)
        modules = [self.layers[each] for each in names[names.index(name) + 1 if name else 0 :]]

        def run(x):
            for module in modules:
                x = module(x)
            return self.value(x)[:, 0]

        return run


def _module(layer, parameters):
    match layer:
        case Convolution(activation="relu", normalization=False, bias=True):
            return TorchConvolution(layer, parameters[layer.name])
        case Pool(kind="max" | "l2"):
            return TorchPool(layer)
        case Dense(activation="relu" | "linear"):
            return TorchDense(parameters[layer.name], layer.activation)
    raise ValueError(f"{layer.name}: no PyTorch counterpart of {layer}")


def torch_stack(network, parameters) -> TorchStack:
    """The PyTorch network with rlvis's parameters; its gradients are of inputs alone.

    Raises:
        ValueError: for a network that is not a plain stack of convolutions, pools and dense layers with one trunk.
    """
    if not network.description or network.description.get("architecture") != "stack":
        raise ValueError(f"network {network.name!r} is not described as a stack of layers")
    description = StackDescription.from_json(network.description)
    if description.policy or description.value or not description.has_value_head:
        raise ValueError(f"network {network.name!r} has more than a trunk and two heads")
    return TorchStack(description, parameters).requires_grad_(False)
