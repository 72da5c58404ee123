"""Model editing: making an agent blind to a feature, to see what it was for."""

from collections.abc import Sequence

import numpy as np

from rlvis.errors import NetworkError, OptionError
from rlvis.networks import Network, list_taps
from rlvis.networks.stack import Activation, Affine, Attention, Layer, Normalization, Pool, Recurrence, ResidualBlock, StackDescription

Reader = tuple[str, str]


def blind_to_feature(network: Network, parameters, layer: str, direction) -> dict[str, dict[str, np.ndarray]]:
    """Parameters with which nothing that reads a layer sees a channel direction of it.

    `P = I − v vᵀ / ‖v‖²`; every `(c × d)` slice of each kernel that reads the layer becomes `P · slice`. Pooling and
    activation functions on the way to the kernel act on channels one by one and are passed over. Where a skip
    connection carries the layer on, all kernels that read the sum are readers too.

    Args:
        network, parameters: the agent; the network must have been built from a description.
        layer: the name of the tap.
        direction: v, `(c,)`; or several, `(M, c)`, whose span is projected out.

    Returns:
        New parameters; groups that are not changed are the same objects.

    Raises:
        NetworkError: if the network has no description, the layer is not in it, or nothing reads it.
        OptionError: if the direction does not fit the layer, or is zero.

    Source: Hilton et al. 2020, "Model editing".
    """
    directions = np.atleast_2d(np.asarray(direction, np.float64))
    readers = find_readers(network, layer)
    _check_directions(directions, network, parameters, layer)
    projection = np.eye(directions.shape[1]) - np.linalg.pinv(directions) @ directions
    edited = dict(parameters)
    for group, part in readers:
        edited[group] = {**parameters[group], part: _projected(parameters[group][part], projection)}
    return edited


def find_readers(network: Network, layer: str) -> tuple[Reader, ...]:
    """The kernels that read a layer, as `(group, name)` of the parameters, in the order of computation.

    Raises:
        NetworkError: as `blind_to_feature`.
    """
    if network.description is None or network.description.get("architecture") != "stack":
        raise NetworkError(f"network {network.name!r} exists only as Python code, so which kernels read layer {layer!r} is not known; edit its parameters in Python")
    description = StackDescription.from_json(network.description)
    towers = [(description.policy, ("policy", "kernel"))] + ([(description.value, ("value", "kernel"))] if description.has_value_head else [])
    found = _readers_in(description.trunk, layer)
    if found is not None:
        readers, carried_on = found
        for tower, head in towers if carried_on else ():
            readers += _readers_from(tower, head)[0]
    else:
        tower, head = next(((tower, head) for tower, head in towers if _readers_in(tower, layer) is not None), (None, None))
        if tower is None:
            raise NetworkError(f"network {network.name!r} has no layer {layer!r} whose readers could be edited; it has {', '.join(x.name for x in description.layers)}")
        readers = _readers_in(tower, layer, head)[0]
    if not readers:
        raise NetworkError(f"no kernel reads layer {layer!r} of network {network.name!r}")
    return tuple(readers)


def _readers_in(tower: Sequence[Layer], name: str, head: Reader | None = None) -> tuple[list[Reader], bool] | None:
    """Readers of a tap inside a tower, and whether the layer goes on past its end; `None` if the tap is not there."""
    for index, layer in enumerate(tower):
        if isinstance(layer, ResidualBlock) and name in (f"{layer.name}.relu1", f"{layer.name}.conv1", f"{layer.name}.relu2"):
            return [(f"{layer.name}.{'conv1' if name.endswith('relu1') else 'conv2'}", "kernel")], False
        if isinstance(layer, Attention) and name in (layer.name, f"{layer.name}.hidden"):
            return ([(f"{layer.name}.output", "kernel")] if name.endswith(".hidden") else []), False
        if name in (layer.name, f"{layer.name}.conv2", f"{layer.name}.gated"):
            return _readers_from(tower[index + 1 :], head)
    return None


def _readers_from(layers: Sequence[Layer], head: Reader | None = None) -> tuple[list[Reader], bool]:
    """What reads the input of some layers, and of the head after them; whether it goes on past the last."""
    readers = []
    for layer in layers:
        if isinstance(layer, ResidualBlock):
            readers.append((f"{layer.name}.conv1", "kernel"))
        elif isinstance(layer, Attention):
            readers.append((f"{layer.name}.hidden", "kernel"))
        elif isinstance(layer, Normalization):
            raise NetworkError(f"layer {layer.name!r} normalises what it reads, so that no change of kernels makes the network blind to one direction; choose a layer after it")
        elif not isinstance(layer, (Pool, Activation, Affine)):
            readers.append((layer.name, "input_kernel" if isinstance(layer, Recurrence) else "kernel"))
            return readers, False
    return (readers + [head], False) if head else (readers, True)


def _projected(kernel, projection):
    """P times every slice; a dense kernel has one per position, as it reads positions in (H, W, C) order."""
    kernel = np.asarray(kernel)
    slices = kernel.reshape(-1, len(projection), kernel.shape[-1]).astype(np.float64)
    return (projection @ slices).reshape(kernel.shape).astype(kernel.dtype)


def _check_directions(directions, network, parameters, layer):
    channels = {tap.name: tap.shape[-1] for tap in list_taps(network, parameters)}[layer]
    if directions.ndim != 2 or directions.shape[1] != channels:
        raise OptionError(f"layer {layer!r} has {channels} channels; a direction to be blind to must be ({channels},), found {directions.shape[-1:]}")
    if not np.isfinite(directions).all() or not directions.any(axis=1).all():
        raise OptionError("a direction to be blind to must be finite and not all zeros; features that stand for nothing have directions of zeros")
