"""The view model as plain data, as JSON takes it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def to_json(value) -> Any:
    """Plain data for JSON: dataclasses become dictionaries, sequences lists, NumPy's numbers and arrays Python's.

    NaN and infinities, which JSON does not have, become text; `validate_index` keeps them out of where numbers belong.
    """
    if is_dataclass(value):
        parts = {item: getattr(value, item.name) for item in fields(value)}
        return {item.name.rstrip("_"): to_json(part) for item, part in parts.items() if part is not None or not item.metadata.get("left_out_if_none")}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (np.generic, np.ndarray)):
        return to_json(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, (set, frozenset)):
        return sorted(to_json(item) for item in value)
    if isinstance(value, Sequence):
        return [to_json(item) for item in value]
    return str(value)
