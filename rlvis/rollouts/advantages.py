"""Generalized advantage estimation, for training and for what the interface shows."""

import numpy as np


def generalized_advantages(rewards, values, dones, bootstrap_value=None, gamma=0.999, lambda_=0.95):
    """How much better each step went than the critic expected.

    `δ_t = r_t + γ (1 − done_t) V_{t+1} − V_t`, `A_t = δ_t + γ λ (1 − done_t) A_{t+1}`.

    Args:
        rewards: `(T, …)`, earned by the action at step t.
        values: `(T, …)`, the critic's values of the observations.
        dones: `(T, …)` bool, whether the episode ended with step t.
        bootstrap_value: `(…)`, the value of the observation after the last step; `None` if it is not known, and the
            last step's advantage is then 0.
        gamma: γ, the discount per step.
        lambda_: λ.

    Returns:
        `(T, …)` float32 advantages; `advantages + values` are the returns that the critic is trained towards.

    Raises:
        ValueError: if the arrays' shapes differ.

    Source: Schulman et al. 2016, "High-dimensional continuous control using generalized advantage estimation", eq. 16.
    """
    rewards, values = np.asarray(rewards, np.float32), np.asarray(values, np.float32)
    continues = 1 - np.asarray(dones, np.float32)
    if not rewards.shape == values.shape == continues.shape:
        raise ValueError(f"rewards {rewards.shape}, values {values.shape} and dones {continues.shape} must have the same shape")
    advantages = np.zeros_like(rewards)
    following = np.zeros_like(values[0]) if bootstrap_value is None else np.asarray(bootstrap_value, np.float32)
    carried = np.zeros_like(following)
    last = len(rewards) - 1
    for t in range(last, -1, -1):
        if t < last or bootstrap_value is not None:
            delta = rewards[t] + np.float32(gamma) * continues[t] * following - values[t]
            carried = delta + np.float32(gamma * lambda_) * continues[t] * carried
            advantages[t] = carried
        following = values[t]
    return advantages
