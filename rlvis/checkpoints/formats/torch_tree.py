"""What lies beside the tensors in a file of PyTorch's."""

from collections.abc import Mapping
from typing import Any

from rlvis.checkpoints.pickles.plain_data import plain

_LARGE = ("optimizer", "optim", "state_dict", "model_weights", "model")


def torch_metadata(tree) -> dict[str, Any]:
    """The entries of the saved dictionary that are plain data, such as "args", an epoch or a return."""
    if not isinstance(tree, Mapping):
        return {}
    kept = {key: value for key, value in tree.items() if isinstance(key, str) and not any(word in key for word in _LARGE)}
    return {key: plain(value) for key, value in list(kept.items())[:100] if _is_plain(value)}


def _is_plain(value):
    if isinstance(value, (str, int, float, bool)) or value is None:
        return True
    return isinstance(value, Mapping) and 0 < len(value) <= 1000 and all(isinstance(x, (str, int, float, bool, list, type(None))) for x in value.values())
