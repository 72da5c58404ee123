"""What a pickle of PyTorch's says about tensors: views into storages that lie elsewhere in the file."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from rlvis.checkpoints.arrays import BFLOAT16, array_from_bytes, brief, checked_shape, item_size, number_type
from rlvis.checkpoints.limits import Budget
from rlvis.checkpoints.pickles.safe_pickle import Reference, Rules
from rlvis.errors import CheckpointError

STORAGES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16", "BFloat16Storage": BFLOAT16, "LongStorage": "int64",
    "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool", "UntypedStorage": "uint8",
}  # fmt: skip

_DTYPES = {"float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16"}


class Storage:
    """A flat run of numbers; `data` is filled in, or `read` on first use."""

    def __init__(self, kind, count: int, read: Callable[[], bytes] | None = None):
        self.kind = kind
        self.count = count
        self.read = read
        self.data: bytes | None = None

    def numbers(self) -> np.ndarray:
        """All of it, one-dimensional."""
        if self.data is None and self.read is not None:
            self.data = self.read()
        if self.data is None:
            raise CheckpointError("a tensor's numbers are not in the file; it ends too early")
        return array_from_bytes(self.data, self.kind, (self.count,))


class Tensor:
    """A view of a storage: checked on making, read on use."""

    def __init__(self, storage: Storage, offset: int, shape, strides, budget: Budget, kind=None):
        self.storage, self.budget, self.kind = storage, budget, kind if kind is not None else storage.kind
        self.offset, self.shape, self.strides = offset, checked_shape(shape), checked_shape(strides)
        count = storage.count * item_size(storage.kind) // item_size(self.kind)
        size = prod(self.shape)
        last = offset + sum((n - 1) * stride for n, stride in zip(self.shape, self.strides, strict=True))
        if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0 or size > count or (size and last >= count):
            raise CheckpointError(f"a tensor of shape {self.shape} reaches outside its storage of {count} numbers")

    def __array__(self, dtype=None, copy=None):
        numbers = self.storage.numbers()
        if str(self.kind) != str(self.storage.kind):
            numbers = array_from_bytes(self.storage.data, self.kind, (len(self.storage.data) // item_size(self.kind),))
        self.budget.spend(prod(self.shape) * numbers.itemsize, f"a tensor of shape {self.shape}")
        if not prod(self.shape):
            return np.zeros(self.shape, dtype or numbers.dtype)
        strides = tuple(stride * numbers.itemsize for stride in self.strides)
        view = np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, strides, writeable=False)
        return np.array(view, dtype=dtype)


def torch_rules(persistent: Callable[[Any], Any], budget: Budget) -> Rules:
    """The rules that read tensors, parameters and modules; `persistent` turns the format's identifiers into storages."""

    def tensor(storage, offset, shape, strides, *_, kind=None):
        if not isinstance(storage, Storage):
            raise CheckpointError("a tensor has no storage")
        return Tensor(storage, offset, shape, strides, budget, kind)

    def tensor_of_type(storage, offset, shape, strides, _gradient, _hooks, kind, *_):
        name = kind.name if isinstance(kind, Reference) else ""
        return tensor(storage, offset, shape, strides, kind=number_type(_DTYPES.get(name, name)))

    def first(value, *_):
        return value

    return Rules(
        {
            Reference("torch._utils", "_rebuild_tensor"): tensor,
            Reference("torch._utils", "_rebuild_tensor_v2"): tensor,
            Reference("torch._utils", "_rebuild_tensor_v3"): tensor_of_type,
            Reference("torch._utils", "_rebuild_parameter"): first,
            Reference("torch._utils", "_rebuild_parameter_with_state"): first,
            Reference("torch.nn.parameter", "Parameter"): first,
            Reference("torch", "Size"): lambda shape=(): tuple(shape),
        },
        {Tensor: lambda value, state, _: value},
        persistent,
    )


def storage_of(kind, count) -> Storage:
    """A storage from its class's name and its length in numbers.

    Raises:
        CheckpointError: for a storage of anything but plain numbers.
    """
    name = kind.name if isinstance(kind, Reference) else ""
    if name not in STORAGES:
        raise CheckpointError(f"there is a storage of type {brief(name)}; only plain numbers are read")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < 1 << 40:
        raise CheckpointError(f"a storage has the impossible length {brief(count)}")
    return Storage(number_type(STORAGES[name]), count)
