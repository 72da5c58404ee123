"""Checks of what callers pass, with messages that say what was found and what was expected."""

from difflib import get_close_matches

import numpy as np

from rlvis.errors import EnvironmentFailure

LARGEST_INTEGER = 2**31 - 1


def checked_actions(actions, num_envs: int, num_actions: int) -> np.ndarray:
    """Actions as an `(N,)` integer array.

    Raises:
        EnvironmentFailure: for another shape, another type, or a number that is no action.
    """
    actions = np.asarray(actions)
    if actions.shape != (num_envs,) or actions.dtype.kind not in "iu":
        raise EnvironmentFailure(f"expected {num_envs} whole numbers as actions, got an array of shape {actions.shape} and type {actions.dtype}")
    if num_envs and (actions.min() < 0 or actions.max() >= num_actions):
        raise EnvironmentFailure(f"actions must be from 0 to {num_actions - 1}, got {actions.min()} to {actions.max()}")
    return actions


def checked_number(name: str, value, least: int, most: int = LARGEST_INTEGER) -> int:
    """A whole number between bounds.

    Raises:
        EnvironmentFailure: for anything else.
    """
    if not hasattr(value, "__index__") or isinstance(value, (bool, np.ndarray)) or not least <= value <= most:
        raise EnvironmentFailure(f"{name} must be a whole number from {least} to {most}, got {value!r}")
    return int(value)


def suggestion(name: str, known) -> str:
    """The end of a message about an unknown name: the nearest known one, else all of them."""
    near = get_close_matches(str(name), known, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
