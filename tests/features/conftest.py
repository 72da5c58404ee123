"""The rule for choosing dataset examples, word for word, as an oracle."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def slow_choice():
    """`slow_choice(activations (items, candidates), max_repeats, rounds)` gives the chosen candidates `(items,)`."""
    return _slow_choice


def _slow_choice(activations, max_repeats, rounds):
    order = np.argsort(-activations, axis=1, kind="stable")
    chosen = order[:, 0].copy()
    for i in rounds:
        uses = np.bincount(chosen, minlength=activations.shape[1])
        current = activations[np.arange(len(chosen)), chosen]
        before, moved = chosen.copy(), False
        for item in np.argsort(current, kind="stable"):
            if uses[before[item]] > max_repeats:
                uses[before[item]] -= 1
                chosen[item] = order[item, i % activations.shape[1]]
                moved = True
        if not moved:
            break
    return chosen
