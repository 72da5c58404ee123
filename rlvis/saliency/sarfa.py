"""SARFA: how much a perturbation changes one action's probability, and it alone."""

import numpy as np


def specific_relevant_saliency(logits: np.ndarray, perturbed_logits: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Harmonic mean of specificity and relevance.

    `Δp = p(a | x) − p(a | x')`, `K = 1 / (1 + KL(P_rest(x) ‖ P_rest(x')))`, `S = 2 K Δp / (K + Δp)` where `Δp > 0`, else 0;
    p = softmax(u), P_rest = softmax over the actions other than a.

    Args:
        logits: u(x), `(N, A)`; action values of a Q-network.
        perturbed_logits: u(x'), `(N, K, A)`.
        chosen: the action a of each frame, or the actions of a group, `(N, A)` bool.

    Returns:
        `(N, K)` float32, between 0 and 1.

    Source: Puri et al. 2020, equations 1 to 4.
    """
    chosen = chosen[:, None]
    before, after = _log_softmax(logits[:, None].astype(np.float64)), _log_softmax(perturbed_logits.astype(np.float64))
    drop = (np.exp(before) * chosen).sum(axis=-1) - (np.exp(after) * chosen).sum(axis=-1)
    rest_before, rest_after = _log_softmax(before, ~chosen), _log_softmax(after, ~chosen)
    rest_before, rest_after = np.where(chosen, -np.inf, rest_before), np.where(chosen, 0, rest_after)
    divergence = (np.exp(rest_before) * np.where(chosen, 0, rest_before - rest_after)).sum(axis=-1)
    relevance = 1 / (1 + np.maximum(divergence, 0))
    drop = np.maximum(drop, 0)
    return (2 * relevance * drop / (relevance + drop)).astype(np.float32)


def _log_softmax(logits, where=None):
    where = np.broadcast_to(True if where is None else where, logits.shape)
    largest = np.max(logits, axis=-1, keepdims=True, where=where, initial=-np.inf)
    # A frame all of whose actions are chosen has no rest; its divergence is 0.
    largest = np.where(np.isfinite(largest), largest, 0)
    total = np.sum(np.exp(logits - largest, where=where, out=np.zeros_like(logits)), axis=-1, keepdims=True)
    return logits - largest - np.log(np.where(total > 0, total, 1))
