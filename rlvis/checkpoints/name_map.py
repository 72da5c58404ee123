"""A network described by hand, for files of no known kind: a JSON file that says what the layers are and which tensors belong to them.

    {"network": {"observation_shape": [84, 84, 4], "num_actions": 6, "kind": "actor-critic",
                 "trunk": [{"layer": "Convolution", "name": "conv1", "features": 32, "kernel": [8, 8], "stride": [4, 4],
                            "padding": "VALID", "activation": "relu"}, …, {"layer": "Dense", "name": "dense", "features": 512}],
                 "policy": [], "value": []},
     "tensors": {"conv1": "net.0", "dense": {"kernel": "net.7.weight", "bias": null}, "policy": "pi", "value": "v"},
     "layout": {"like": "torch", "flatten": "CHW"},
     "environment": {"kind": "atari", "name": "pong", "options": {}}, "action_names": […], "gamma": 0.99, "gae_lambda": 0.95}

`tensors` gives each layer the name that stands before `.weight`, `.bias` and so on, or one name per part: kernel and
bias; for memory cells input_kernel, hidden_kernel, bias and, in a GRU, hidden_bias; for a normalization, and for the
`LAYER.normalization` of a convolution, scale, offset and, where statistics were recorded, mean and variance; for a
residual block, `LAYER.conv1` and `LAYER.conv2`. Names joined by "+" are added up, null means that there is none.
`layout` is "torch", "tensorflow", "flax" or "rlvis", or an object that starts from one of them and changes
`convolution` (an order of HWIO), `dense` (IO or OI), `flatten` (an order of HWC), `lstm_gates` (an order of ifgo) or
`gru_gates` (an order of rzn). All but `network` may be left out.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rlvis.checkpoints.conventions import CONVENTIONS, Convention
from rlvis.checkpoints.interpretation import Interpretation
from rlvis.environments.specification import EnvironmentSpecification
from rlvis.errors import CheckpointError, RlvisError
from rlvis.networks.stack import StackDescription

LARGEST_MAP = 16 << 20
KEYS = ("network", "tensors", "layout", "environment", "action_names", "gamma", "gae_lambda", "notes")
_ORDERS = {"convolution": "HWIO", "dense": "IO", "flatten": "HWC", "lstm_gates": "ifgo", "gru_gates": "rzn"}


def read_map(path) -> Interpretation:
    """The interpretation that a map file gives.

    Raises:
        CheckpointError: if it cannot be read or says something that cannot be.
    """
    path = Path(path)
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_MAP:
            raise CheckpointError(f"the map file {path} cannot be read: it is not there, or no regular file of up to {LARGEST_MAP >> 20} MiB")
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"the map file {path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"the map file {path} is no JSON: {error}") from error
    try:
        return _interpretation(data)
    except (RlvisError, TypeError, ValueError, OverflowError, AttributeError, KeyError) as error:
        raise CheckpointError(f"the map file {path} cannot be used: {error}") from error


def _interpretation(data) -> Interpretation:
    if not isinstance(data, Mapping) or not isinstance(data.get("network"), Mapping):
        raise CheckpointError('it has no "network", an object that describes the layers')
    unknown = sorted(set(data) - set(KEYS))
    if unknown:
        raise CheckpointError(f"it has an entry {unknown[0]!r}; known ones are {', '.join(KEYS)}")
    tensors = data.get("tensors", {})
    if not isinstance(tensors, Mapping) or not all(map(_is_name, tensors.values())):
        raise CheckpointError('"tensors" has to give each layer a name, or an object of names')
    environment = data.get("environment")
    return Interpretation(
        StackDescription.from_json(data["network"]),
        tensors,
        _convention(data.get("layout", "torch")),
        environment=None if environment is None else EnvironmentSpecification.from_json(environment),
        action_names=tuple(map(str, data.get("action_names", ()))),
        gamma=_fraction(data, "gamma"),
        gae_lambda=_fraction(data, "gae_lambda"),
        notes=tuple(map(str, data.get("notes", ()))),
    )


def _is_name(value):
    return isinstance(value, str) or (isinstance(value, Mapping) and all(part is None or isinstance(part, str) for part in value.values()))


def _convention(layout) -> Convention:
    if isinstance(layout, str):
        layout = {"like": layout}
    like = layout.get("like", "torch")
    if like not in CONVENTIONS:
        raise CheckpointError(f"there is no layout {like!r}; there are {', '.join(CONVENTIONS)}")
    changes = {key: value for key, value in layout.items() if key != "like"}
    for key, value in changes.items():
        if key not in _ORDERS:
            raise CheckpointError(f"a layout has no {key!r}; there are {', '.join(_ORDERS)}")
        if sorted(str(value)) != sorted(_ORDERS[key]):
            raise CheckpointError(f"{key} is {value!r}; expected an order of the letters {_ORDERS[key]}")
    return replace(CONVENTIONS[like], **changes)


def _fraction(data, key):
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise CheckpointError(f"{key} is {value!r}; expected a number from 0 to 1")
    return float(value)
