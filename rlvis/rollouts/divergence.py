"""How far what two agents would do in the same frames is apart."""

import numpy as np


def policy_divergence(logits: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The Jensen–Shannon divergence of two policies in each frame, in bits.

    `D = ½ Σ_a p_a log₂(p_a / m_a) + ½ Σ_a q_a log₂(q_a / m_a)`, p and q the softmaxes of the logits, `m = ½ (p + q)`.

    Args:
        logits, others: `(T, A)` each.

    Returns:
        `(T,)` float32 between 0, where the policies are the same, and 1, where they have no action in common.

    Source: Lin 1991, "Divergence measures based on the Shannon entropy".
    """
    policy, other = _softmax(logits), _softmax(others)
    mean = (policy + other) / 2
    return np.clip((_relative_entropy(policy, mean) + _relative_entropy(other, mean)) / 2, 0, 1).astype(np.float32)


def greedy_difference(logits: np.ndarray, others: np.ndarray) -> np.ndarray:
    """1 where the actions with the largest logits, or action values, `(T, A)`, are different ones, else 0: `(T,)` float32."""
    return (np.argmax(logits, axis=1) != np.argmax(others, axis=1)).astype(np.float32)


def _softmax(logits):
    shifted = np.asarray(logits, np.float64)
    weights = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _relative_entropy(policy, mean):
    ratio = np.divide(policy, mean, out=np.ones_like(policy), where=policy > 0)
    return (policy * np.log2(ratio)).sum(axis=1)
