"""A ctypes binding of libenv, the C interface through which Procgen's library is driven (interface version 1)."""

import ctypes
from collections.abc import Mapping

import numpy as np

from rlvis.errors import EnvironmentFailure

NAME_LENGTH = 128
MAX_DIMENSIONS = 16
INTERFACE_VERSION = 1
# Far above the largest state seen (some 60 kB); libenv ends the process when a state does not fit.
MAX_STATE_BYTES = 1 << 22
OBSERVATION_SPACE, ACTION_SPACE, INFO_SPACE = 1, 2, 3
UINT8, INT32, FLOAT32 = 1, 2, 3
DTYPES = {UINT8: np.uint8, INT32: np.int32, FLOAT32: np.float32}


class _Value(ctypes.Union):
    _fields_ = [("uint8", ctypes.c_uint8), ("int32", ctypes.c_int32), ("float32", ctypes.c_float)]


class _TensorType(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char * NAME_LENGTH),
        ("scalar_type", ctypes.c_int),
        ("dtype", ctypes.c_int),
        ("shape", ctypes.c_int * MAX_DIMENSIONS),
        ("ndim", ctypes.c_int),
        ("low", _Value),
        ("high", _Value),
    ]


class _Option(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char * NAME_LENGTH), ("dtype", ctypes.c_int), ("count", ctypes.c_int), ("data", ctypes.c_void_p)]


class _Options(ctypes.Structure):
    _fields_ = [("items", ctypes.POINTER(_Option)), ("count", ctypes.c_int)]


class _Buffers(ctypes.Structure):
    _fields_ = [
        ("observations", ctypes.POINTER(ctypes.c_void_p)),
        ("rewards", ctypes.c_void_p),
        ("firsts", ctypes.c_void_p),
        ("infos", ctypes.POINTER(ctypes.c_void_p)),
        ("actions", ctypes.POINTER(ctypes.c_void_p)),
    ]


def declare_functions(library: ctypes.CDLL) -> ctypes.CDLL:
    """Give the functions of a loaded library their types.

    Raises:
        EnvironmentFailure: if the library speaks another version of the interface.
    """
    handle, integer = ctypes.c_void_p, ctypes.c_int
    signatures = {
        "libenv_version": (integer, []),
        "libenv_make": (handle, [integer, _Options]),
        "libenv_get_tensortypes": (integer, [handle, integer, ctypes.POINTER(_TensorType)]),
        "libenv_set_buffers": (None, [handle, ctypes.POINTER(_Buffers)]),
        "libenv_observe": (None, [handle]),
        "libenv_act": (None, [handle]),
        "libenv_close": (None, [handle]),
        "get_state": (integer, [handle, integer, ctypes.c_char_p, integer]),
        "set_state": (None, [handle, integer, ctypes.c_char_p, integer]),
    }
    for name, (result, arguments) in signatures.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise EnvironmentFailure(f"the library {library._name} has no function {name}; it is not Procgen's") from None
        function.restype, function.argtypes = result, arguments
    if library.libenv_version() != INTERFACE_VERSION:
        raise EnvironmentFailure(f"the library {library._name} has libenv version {library.libenv_version()}, expected {INTERFACE_VERSION}")
    return library


class LibenvHandle:
    """One set of environments inside the library, writing into the arrays of this object.

    The arrays are overwritten by every `act`; whoever keeps them makes a copy. Nothing is checked here: bad input ends
    the whole process, so callers validate first.

    Attributes:
        observations, infos, actions: arrays `(N, …)` by name.
        rewards: `(N,)` float32.
        firsts: `(N,)` bool.
    """

    def __init__(self, library: ctypes.CDLL, num_envs: int, options: Mapping[str, bool | int | str]):
        self._library = library
        self._num_envs = num_envs
        items, self._option_data = _pack_options(options)
        self._handle = library.libenv_make(num_envs, _Options(items, len(items)))
        self._pointers = []
        self.observations, observations = self._make_space(OBSERVATION_SPACE)
        self.infos, infos = self._make_space(INFO_SPACE)
        self.actions, actions = self._make_space(ACTION_SPACE)
        self.rewards = np.zeros(num_envs, np.float32)
        self.firsts = np.zeros(num_envs, np.bool_)
        self._buffers = _Buffers(observations, self.rewards.ctypes.data, self.firsts.ctypes.data, infos, actions)
        library.libenv_set_buffers(self._handle, ctypes.byref(self._buffers))
        self.observe()

    def _make_space(self, space):
        count = self._library.libenv_get_tensortypes(self._handle, space, None)
        types = (_TensorType * max(count, 1))()
        self._library.libenv_get_tensortypes(self._handle, space, types)
        pointers = (ctypes.c_void_p * max(count * self._num_envs, 1))()
        arrays = {}
        for index, tensor in enumerate(types[:count]):
            array = np.zeros((self._num_envs, *tensor.shape[: tensor.ndim]), DTYPES[tensor.dtype])
            for env in range(self._num_envs):
                pointers[index * self._num_envs + env] = array.ctypes.data + env * array.strides[0]
            arrays[tensor.name.decode()] = array
        self._pointers.append(pointers)
        return arrays, ctypes.cast(pointers, ctypes.POINTER(ctypes.c_void_p))

    def observe(self) -> None:
        """Wait until the arrays show the present."""
        self._library.libenv_observe(self._handle)

    def act(self, actions: np.ndarray) -> None:
        """Take a step with these actions, and wait for it."""
        self.actions["action"][:] = actions
        self._library.libenv_act(self._handle)
        self._library.libenv_observe(self._handle)

    def get_state(self, env: int) -> bytes:
        """The library's own serialization of one environment."""
        buffer = ctypes.create_string_buffer(MAX_STATE_BYTES)
        length = self._library.get_state(self._handle, env, buffer, MAX_STATE_BYTES)
        return buffer.raw[:length]

    def set_state(self, env: int, state: bytes) -> None:
        """Restore one environment from bytes that `get_state` gave for the same game."""
        self._library.set_state(self._handle, env, state, len(state))

    def close(self) -> None:
        """Stop the library's threads and free its memory."""
        if getattr(self, "_handle", None):
            self._library.libenv_close(self._handle)
            self._handle = None

    __del__ = close


def _pack_options(options):
    items = (_Option * len(options))()
    data = []
    for item, (name, value) in zip(items, options.items(), strict=True):
        if isinstance(value, bool):
            item.dtype, item.count, pointee = UINT8, 1, ctypes.c_uint8(value)
        elif isinstance(value, int):
            item.dtype, item.count, pointee = INT32, 1, ctypes.c_int32(value)
        else:
            encoded = value.encode()
            item.dtype, item.count, pointee = UINT8, len(encoded), ctypes.create_string_buffer(encoded)
        item.name = name.encode()
        item.data = ctypes.cast(ctypes.byref(pointee), ctypes.c_void_p)
        data.append(pointee)
    return items, data
