"""The terms of PPO's objective, summed over a (micro-)batch so that parts of a minibatch simply add up."""

from typing import NamedTuple

import jax
import jax.numpy as jnp


class Samples(NamedTuple):
    """B steps to learn from; all but the observations and actions are float32.

    Attributes:
        actions: `(B,)` int32, the actions taken.
        log_probabilities: `(B,)`, of those actions under the policy that took them.
        values: `(B,)`, the critic's at that time.
        advantages: `(B,)`, already normalized.
        returns: `(B,)`, what the critic is trained towards.
        weights: `(B,)`, 1 for a step, 0 for padding.
    """

    actions: jax.Array
    log_probabilities: jax.Array
    values: jax.Array
    advantages: jax.Array
    returns: jax.Array
    weights: jax.Array


class Terms(NamedTuple):
    """What a batch contributes, each a weighted sum over its steps: see the functions of the same names."""

    policy_loss: jax.Array
    value_loss: jax.Array
    entropy: jax.Array
    approximate_kl: jax.Array
    clip_fraction: jax.Array
    imitation_loss: jax.Array


def policy_loss(ratio, advantages, clip):
    """`max(−A ρ, −A clip(ρ, 1 − ε, 1 + ε))` per step, with ρ the ratio of new to old probability.

    Source: Schulman et al. 2017, "Proximal policy optimization algorithms", eq. 7.
    """
    return jnp.maximum(-advantages * ratio, -advantages * jnp.clip(ratio, 1 - clip, 1 + clip))


def value_loss(values, old_values, returns, clip=None):
    """`½ (V − R)²` per step; with clipping `½ max((V − R)², (V_c − R)²)`, `V_c = V_old + clip(V − V_old, −ε, ε)`.

    Source: Baselines' PPO2 (2017).
    """
    error = jnp.square(values - returns)
    if clip is not None:
        clipped = old_values + jnp.clip(values - old_values, -clip, clip)
        error = jnp.maximum(error, jnp.square(clipped - returns))
    return 0.5 * error


def entropy(logits):
    """`−Σ_a π(a) log π(a)` per row of `logits` `(B, A)`."""
    log_probabilities = jax.nn.log_softmax(logits)
    return -jnp.sum(jnp.exp(log_probabilities) * log_probabilities, axis=-1)


def imitation_loss(logits, values, teacher_logits, teacher_values):
    """`KL(π_T ‖ π) + ½ (V − V_T)²` per step: how far the agent is from a teacher, `(B,)`.

    Args:
        logits, values: `(B, A)` and `(B,)`, the agent's.
        teacher_logits, teacher_values: the same of the teacher's.

    Source: Schmitt et al. 2018, "Kickstarting deep reinforcement learning", section 3; the value term is that of
    policy distillation (Rusu et al. 2016) applied to the critic.
    """
    teacher = jax.nn.log_softmax(teacher_logits)
    divergence = jnp.sum(jnp.exp(teacher) * (teacher - jax.nn.log_softmax(logits)), axis=-1)
    return divergence + 0.5 * jnp.square(values - teacher_values)


def ppo_terms(logits, values, samples: Samples, clip, value_clipping: bool, teacher=None) -> Terms:
    """Every term of the objective, summed over the batch.

    Args:
        logits: `(B, A)`, the network's now.
        values: `(B,)`, the network's now.
        samples: what was done and what came of it.
        clip: ε.
        value_clipping: whether ε also limits how far values move.
        teacher: the teacher's logits and values, if there is one.

    Returns:
        Weighted sums; `approximate_kl` is `(ρ − 1) − log ρ` (Schulman 2020, "Approximating KL divergence").
    """
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), samples.actions[:, None], axis=-1)[:, 0]
    log_ratio = chosen - samples.log_probabilities
    ratio = jnp.exp(log_ratio)
    per_step = Terms(
        policy_loss(ratio, samples.advantages, clip),
        value_loss(values, samples.values, samples.returns, clip if value_clipping else None),
        entropy(logits),
        ratio - 1 - log_ratio,
        (jnp.abs(ratio - 1) > clip).astype(jnp.float32),
        jnp.zeros_like(values) if teacher is None else imitation_loss(logits, values, *teacher),
    )
    return Terms(*(jnp.sum(term * samples.weights) for term in per_step))


def objective(terms: Terms, value_coefficient, entropy_coefficient, teacher_coefficient=0.0):
    """`L = L_policy + c_v L_value − c_e H + c_t L_imitation`, to be minimized."""
    own = terms.policy_loss + value_coefficient * terms.value_loss - entropy_coefficient * terms.entropy
    return own + teacher_coefficient * terms.imitation_loss
