"""From what a pickle held to named arrays, and to plain data for metadata."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import numpy as np

from rlvis.checkpoints.limits import MAXIMUM_DEPTH, MAXIMUM_NAMES, MAXIMUM_NODES
from rlvis.checkpoints.pickles.numpy_arrays import PickledArray
from rlvis.checkpoints.pickles.safe_pickle import Instance, Reference
from rlvis.checkpoints.pickles.torch_tensors import Tensor
from rlvis.errors import CheckpointError


def named_arrays(tree, separator: str = ".") -> dict[str, Any]:
    """Every array in nested dictionaries, lists and module objects, by its path.

    Modules of PyTorch, of whatever class, are followed through their `_parameters`, `_buffers` and `_modules`.

    Args:
        tree: what `read_pickle` returned.
        separator: between the parts of a path.

    Raises:
        CheckpointError: if the tree is too deep or too large to be a checkpoint.
    """
    found = {}
    for path, value in _leaves(tree):
        if isinstance(value, PickledArray):
            value = value.array
        if isinstance(value, (np.ndarray, Tensor)):
            found[separator.join(path)] = value
    return found


def _leaves(tree) -> Iterator[tuple[tuple[str, ...], Any]]:
    waiting, visits, total = [((), tree)], Counter(), 0
    while waiting:
        path, value = waiting.pop()
        # A part of a network may well have two names; one that contains itself has no end of them.
        if visits[id(value)] >= MAXIMUM_NAMES:
            continue
        children = _children(value)
        if children is None:
            yield path, value
            continue
        visits[id(value)] += 1
        total += 1 + sum(isinstance(child, (dict, list, tuple, Instance)) for _, child in children)
        if len(path) > MAXIMUM_DEPTH or total > MAXIMUM_NODES:
            raise CheckpointError("the file nests its values deeper, or in more places, than a checkpoint does")
        waiting.extend((path if name is None else (*path, str(name)), child) for name, child in reversed(children))


def _children(value):
    if isinstance(value, Instance):
        module = _module_state(value)
        if module is not None:
            return module
        value = [x for x in (value.state, value.items) if isinstance(x, (dict, list, tuple))]
        return [(None, x) for x in value]
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, tuple)) and not isinstance(value, Reference):
        return list(enumerate(value))
    return None


def _module_state(value):
    state = value.state
    if not isinstance(state, dict) or not isinstance(state.get("_modules"), dict):
        return None
    parts = [state.get(key) for key in ("_parameters", "_buffers", "_modules")]
    return [pair for part in parts if isinstance(part, dict) for pair in part.items()]


def plain(value, depth: int = 0, budget: list[int] | None = None):
    """What JSON can hold of a value: other things become their description in angle brackets."""
    budget = budget if budget is not None else [10_000]
    budget[0] -= 1
    if depth > 12 or budget[0] < 0:
        return "<…>"
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, str):
        return value if len(value) <= 2000 else value[:2000] + "…"
    if isinstance(value, Mapping):
        return {str(key)[:200]: plain(item, depth + 1, budget) for key, item in list(value.items())[:1000]}
    if isinstance(value, (list, tuple)) and not isinstance(value, Reference):
        return [plain(item, depth + 1, budget) for item in value[:1000]]
    return _describe(value)


def _describe(value):
    if isinstance(value, PickledArray):
        value = value.array
    if isinstance(value, np.ndarray) and value.size == 1:
        return plain(value.item())
    if isinstance(value, (np.ndarray, Tensor)):
        return f"<array {'×'.join(map(str, value.shape))}>"
    if isinstance(value, Instance):
        value = value.of
    if isinstance(value, Reference):
        return f"<{value.module}.{value.name}>"[:200]
    return f"<{type(value).__name__}>"
