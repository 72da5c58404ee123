"""What a pickle may say about NumPy and JAX arrays."""

import numpy as np

from rlvis.checkpoints.arrays import array_from_bytes, number_type
from rlvis.checkpoints.pickles.safe_pickle import Instance, Reference, Rules
from rlvis.errors import CheckpointError


class PickledType:
    """A dtype being described: its code, then its byte order."""

    def __init__(self, code, *_):
        self.code = code if isinstance(code, str) else "O"

    def resolve(self):
        """The NumPy type; `CheckpointError` if it is none of plain numbers."""
        return number_type(self.code)


class PickledArray:
    """An array being described: nothing yet, then its shape, type and bytes."""

    def __init__(self, *_):
        self.array: np.ndarray | None = None


def _set_type_state(value, state, _):
    if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "=", "|") and value.code[:1] not in "<>=|":
        value.code = state[1] + value.code
    return value


def _set_array_state(value, state, _):
    _, shape, kind, fortran, data = state
    data = data.encode("latin1") if isinstance(data, str) else data
    if not isinstance(kind, PickledType) or not isinstance(data, (bytes, bytearray)):
        raise CheckpointError("there is an array of Python objects; only arrays of plain numbers are read")
    value.array = array_from_bytes(data, kind.resolve(), shape, "F" if fortran else "C")
    return value


def _scalar(kind, data=b""):
    """A NumPy scalar as a Python number; kept inert if it is no number."""
    if isinstance(data, str):
        data = data.encode("latin1")
    if not isinstance(kind, PickledType) or kind.code[-1:] == "O" or not isinstance(data, bytes):
        return Instance(Reference("numpy", "scalar"), (kind,))
    return array_from_bytes(data, kind.resolve(), ()).item()


def _from_buffer(data, kind, shape, order="C"):
    if not isinstance(kind, PickledType) or not isinstance(data, (bytes, bytearray)):
        raise CheckpointError("there is an array of Python objects; only arrays of plain numbers are read")
    value = PickledArray()
    value.array = array_from_bytes(data, kind.resolve(), shape, "F" if order == "F" else "C")
    return value


def _jax_array(rebuild=None, arguments=(), state=None, *_):
    """JAX arrays wrap the pickle of a NumPy array: function, its arguments, its state, and what JAX adds."""
    if not isinstance(rebuild, Reference) or rebuild.name not in ("_reconstruct", "_frombuffer"):
        raise CheckpointError("there is a JAX array that wraps no NumPy array")
    return _from_buffer(*arguments) if rebuild.name == "_frombuffer" else _set_array_state(PickledArray(), state, None)


def _buffer(data=b"", *_):
    return data


_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric", "numpy._core.numeric", "numpy")

NUMPY = Rules(
    {
        Reference("numpy", "dtype"): PickledType,
        **{Reference(module, "_reconstruct"): PickledArray for module in _MODULES},
        **{Reference(module, "scalar"): _scalar for module in _MODULES},
        **{Reference(module, "_frombuffer"): _from_buffer for module in _MODULES},
        Reference("jax._src.array", "_reconstruct_array"): _jax_array,
        Reference("jaxlib.xla_extension", "_reconstruct_array"): _jax_array,
        Reference("pickle", "PickleBuffer"): _buffer,
    },
    {PickledType: _set_type_state, PickledArray: _set_array_state},
)
