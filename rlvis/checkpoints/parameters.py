"""A network's parameters, taken from a file's tensors and checked one by one."""

from collections.abc import Mapping
from math import prod

import numpy as np

from rlvis.checkpoints.conventions import CONVENTIONS, Convention, convolution_kernel, dense_kernel, picture_array, reorder_gates
from rlvis.checkpoints.interpretation import Interpretation
from rlvis.errors import CheckpointError, NetworkError
from rlvis.networks.stack import StackDescription, input_shapes, parameter_shapes


def read_parameters(tensors: Mapping, interpretation: Interpretation, default_convention: str) -> dict[str, dict[str, np.ndarray]]:
    """Every parameter of the network in rlvis's layout, float32.

    Args:
        tensors: by the file's names.
        interpretation: the network and where its tensors are.
        default_convention: the file format's.

    Raises:
        CheckpointError: if a tensor is missing, has another shape, or holds something that is not a finite number.
    """
    reader = _Reader(tensors, interpretation, interpretation.convention or CONVENTIONS[default_convention])
    try:
        shapes = parameter_shapes(interpretation.description)
    except NetworkError as error:
        raise CheckpointError(str(error)) from error
    return {layer: {part: reader.read(layer, part, shape, group) for part, shape in group.items()} for layer, group in shapes.items()}


class _Reader:
    def __init__(self, tensors, interpretation: Interpretation, convention: Convention):
        self.tensors = tensors
        self.interpretation = interpretation
        self.convention = convention
        self.inputs = input_shapes(interpretation.description)
        self.cells = _cells(interpretation.description)

    def read(self, layer, part, shape, group):
        names = self.names_of(layer, part)
        if names is None:
            return (np.ones if part in ("scale", "variance") else np.zeros)(shape, np.float32)
        arrays = [self.read_one(name, layer, part, shape) for name in names]
        array = sum(arrays[1:], arrays[0])
        if not np.isfinite(array).all():
            count = int((~np.isfinite(array)).sum())
            raise CheckpointError(f"tensor {names[0]!r} holds {count} values that are not finite (NaN or infinity); the training probably diverged")
        return np.ascontiguousarray(array)

    def names_of(self, layer, part):
        """The names of the tensors that add up to this part; `None` if it is not in the file and need not be."""
        given = self.interpretation.names.get(layer, layer)
        if not isinstance(given, str):
            if part not in given:
                raise CheckpointError(f"nothing says which tensor is the {part} of layer {layer!r}")
            return None if given[part] is None else given[part].split("+")
        cell = self.cells.get(layer)
        choices = self.convention.suffixes.get(f"{cell}_{part}" if cell and part == "bias" else part, ())
        candidates = [[given + suffix for suffix in choice.split("+")] for choice in choices]
        for names in candidates:
            if all(name in self.tensors for name in names):
                return names
        wanted = " or ".join(" + ".join(map(repr, names)) for names in candidates) or f"the {part} of {given!r}"
        raise CheckpointError(f"tensor {wanted} is missing; it is the {part} of layer {layer!r}. {found_tensors(self.tensors)}")

    def read_one(self, name, layer, part, shape):
        if name not in self.tensors:
            raise CheckpointError(f"tensor {name!r} is missing; it is the {part} of layer {layer!r}. {found_tensors(self.tensors)}")
        tensor = self.tensors[name]
        transform = self.interpretation.transforms.get((layer, part))
        if transform is not None:
            tensor = transform(np.asarray(tensor))
        expected = self.shape_in_file(part, shape)
        found = tuple(tensor.shape)
        if found != expected and not (len(expected) == 1 and prod(found) == expected[0] == max(found, default=0)):
            raise CheckpointError(f"tensor {name!r} has shape {found}; expected {expected}, as the {part} of layer {layer!r}")
        return self.arrange(np.asarray(tensor).astype(np.float32), layer, part, shape)

    def shape_in_file(self, part, shape):
        if len(shape) == 4:
            return tuple(shape["HWIO".index(axis)] for axis in self.convention.convolution)
        if len(shape) == 3:
            return tuple(shape["HWC".index(axis)] for axis in self.convention.flatten)
        return shape[::-1] if len(shape) == 2 and self.convention.dense == "OI" else shape

    def arrange(self, array, layer, part, shape):
        cell = self.cells.get(layer)
        if len(shape) == 4:
            return convolution_kernel(array, self.convention)
        if len(shape) == 3:
            return picture_array(array, self.convention)
        if len(shape) == 2:
            array = dense_kernel(array, self.convention, () if part == "hidden_kernel" else self.inputs[layer])
        else:
            array = array.reshape(shape)
        return reorder_gates(array, cell, self.convention) if cell else array


def _cells(description: StackDescription):
    towers = (*description.trunk, *description.policy, *description.value)
    return {layer.name: layer.cell for layer in towers if hasattr(layer, "cell")}


def found_tensors(tensors: Mapping, limit: int = 12) -> str:
    """A sentence that lists the tensors there are."""
    if not tensors:
        return "There are no tensors in the file."
    listed = ", ".join(f"{name} {'×'.join(map(str, tensor.shape)) or '()'}" for name, tensor in list(tensors.items())[:limit])
    return f"The file has {listed}{f' and {len(tensors) - limit} more' if len(tensors) > limit else ''}."
