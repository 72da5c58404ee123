import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from rlvis.saliency.sarfa import specific_relevant_saliency


def oracle(before, after, action):
    p, q = np.exp(before) / np.exp(before).sum(), np.exp(after) / np.exp(after).sum()
    drop = p[action] - q[action]
    rest = [index for index in range(len(before)) if index != action]
    p_rest, q_rest = p[rest] / p[rest].sum(), q[rest] / q[rest].sum()
    relevance = 1 / (1 + (p_rest * np.log(p_rest / q_rest)).sum())
    return 2 * relevance * drop / (relevance + drop) if drop > 0 else 0


def test_equals_the_formula():
    generator = np.random.default_rng(0)
    logits, perturbed = generator.standard_normal((3, 5)).astype(np.float32), generator.standard_normal((3, 7, 5)).astype(np.float32)
    actions = logits.argmax(axis=1)
    result = specific_relevant_saliency(logits, perturbed, np.eye(5, dtype=bool)[actions])
    expected = [[oracle(logits[n], perturbed[n, k], actions[n]) for k in range(7)] for n in range(3)]
    assert_allclose(result, expected, atol=1e-6)
    assert (result > 0).any() and (result == 0).any()


def test_what_changes_nothing_or_helps_the_action_is_not_salient():
    logits = np.array([[1.0, 0.0, -1.0]], np.float32)
    perturbed = np.array([[[1.0, 0.0, -1.0], [2.0, 0.0, -1.0]]], np.float32)
    assert_array_equal(specific_relevant_saliency(logits, perturbed, np.array([[True, False, False]])), 0)


def test_a_change_of_the_other_actions_counts_less():
    logits = np.array([[2.0, 0.0, 0.0]], np.float32)
    chosen = np.array([[True, False, False]])
    alone = np.array([[[1.0, 0.0, 0.0]]], np.float32)
    others = np.array([[[1.0, 2.0, -8.0]]], np.float32)
    drop = lambda p: np.exp(2) / (np.exp(2) + 2) - np.exp(p[0, 0, 0]) / np.exp(p[0, 0]).sum()
    assert drop(others) > drop(alone)
    assert specific_relevant_saliency(logits, alone, chosen) > specific_relevant_saliency(logits, others, chosen)


def test_large_logits_and_chosen_groups_stay_finite():
    logits = np.array([[1000.0, 0.0]], np.float32)
    assert_allclose(specific_relevant_saliency(logits, logits[:, None, ::-1], np.array([[True, False]])), 1, atol=1e-6)
    assert np.isfinite(specific_relevant_saliency(logits, logits[:, None], np.array([[True, True]]))).all()
