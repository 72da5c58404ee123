import numpy as np

from rlvis.gaze.highlights import SPACING, Highlight, Highlights


def highlight(index, score, trial=1):
    return Highlight(trial, index, score, np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1)), np.zeros(0, int))


def test_best_and_worst_one_a_scene():
    found = Highlights(2)
    for trial, index, score in [(1, 0, 1.0), (1, 1, 3.0), (1, 2, 2.0), (1, SPACING, 0.5), (2, 0, -1.0), (2, 2 * SPACING, 2.5), (1, 5 * SPACING, np.nan)]:
        found.offer(highlight(index, score, trial))
    assert [(one.trial, one.index) for one in found.best] == [(1, 1), (2, 2 * SPACING)]
    assert [(one.trial, one.index) for one in found.worst] == [(2, 0), (1, SPACING)]
