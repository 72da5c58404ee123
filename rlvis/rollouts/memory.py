"""What an agent's memory does while it plays: how large it is, how much it changes, what its principal units hold."""

from dataclasses import dataclass

import numpy as np

from rlvis.stored_frames import Frames, block_slices


@dataclass(frozen=True)
class PrincipalUnits:
    """Units of one part of the memory that between them tell most about all of its units.

    Attributes:
        units: their numbers, the most telling first.
        share: of the variance of all units, what a linear function of these explains; 1 where nothing varies.
    """

    units: tuple[int, ...]
    share: float


@dataclass(frozen=True)
class MemoryTrace:
    """One part of the memory fed with each of T frames.

    Attributes:
        norm: `‖s_t‖₂`, `(T,)` float32.
        change: `‖s_t − s_{t−1}‖₂`, `(T,)` float32; 0 where there is nothing to compare with: in the first frame, and
            where an episode starts and memory is empty.
        units: s_t of the principal units, `(T, U)` float32.
    """

    norm: np.ndarray
    change: np.ndarray
    units: np.ndarray


def principal_units(states: np.ndarray, count: int = 8) -> PrincipalUnits:
    """Units chosen one after another, each the one with the largest variance that those before it do not explain.

    This is orthogonal decomposition with column pivoting: after each choice u of the centred states X, with
    `q = X_u / ‖X_u‖`, `X ← X − q qᵀ X`. Unlike the units that vary most, the chosen ones do not all tell the same.

    Args:
        states: one part of the memory on N varied frames, `(N, …)`; what follows the first axis is flattened.
        count: how many to choose at most; fewer where fewer explain everything.
    """
    unexplained = _flat(states).astype(np.float64)
    unexplained -= unexplained.mean(axis=0)
    variances = np.square(unexplained).sum(axis=0)
    total = variances.sum()
    chosen: list[int] = []
    while len(chosen) < min(count, len(variances)):
        unit = int(np.argmax(variances))
        if variances[unit] <= 1e-9 * total:
            break
        chosen.append(unit)
        direction = unexplained[:, unit] / np.sqrt(variances[unit])
        unexplained -= np.outer(direction, direction @ unexplained)
        variances = np.square(unexplained).sum(axis=0)
    share = 1 - variances.sum() / total if total > 0 else 1.0
    return PrincipalUnits(tuple(chosen) or (0,), float(np.clip(share, 0, 1)))


def memory_trace(states: Frames, firsts: np.ndarray, units) -> MemoryTrace:
    """What is shown of one part of the memory.

    Args:
        states: the part fed with each of T consecutive frames, `(T, …)`.
        firsts: `(T,)` bool, where episodes start.
        units: the principal units' numbers.
    """
    length, units = len(states), list(units)
    norm, change, held = np.empty(length, np.float32), np.zeros(length, np.float32), np.empty((length, len(units)), np.float32)
    for part in block_slices(length, states.nbytes // length):
        before = min(part.start, 1)  # the frame before, where there is one
        values = _flat(states[part.start - before : part.stop]).astype(np.float32)
        norm[part], held[part] = np.linalg.norm(values[before:], axis=1), values[before:, units]
        change[part.start + 1 - before : part.stop] = np.linalg.norm(np.diff(values, axis=0), axis=1)
    return MemoryTrace(norm, np.where(firsts, np.float32(0), change), held)


def _flat(states):
    return np.asarray(states).reshape(len(states), -1)
