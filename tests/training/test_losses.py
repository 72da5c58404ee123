"""The objective's terms against NumPy."""

import jax
import numpy as np
import pytest

from rlvis.training.losses import Samples, Terms, entropy, imitation_loss, objective, policy_loss, ppo_terms, value_loss


@pytest.fixture
def batch():
    generator = np.random.default_rng(0)
    normal = lambda *shape: generator.normal(size=shape).astype(np.float32)  # noqa: E731
    logits, values = normal(7, 4), normal(7)
    weights = np.array([1, 1, 0, 1, 1, 1, 0], np.float32)
    samples = Samples(generator.integers(0, 4, 7).astype(np.int32), -1.4 + 0.3 * normal(7), values + 0.3 * normal(7), normal(7), normal(7), weights)
    return logits, values, samples


def numpy_terms(logits, values, samples, clip, value_clipping):
    """Straight from the formulas, one step at a time."""
    totals = np.zeros(5)
    for n, weight in enumerate(samples.weights):
        probabilities = np.exp(logits[n].astype(float)) / np.exp(logits[n].astype(float)).sum()
        ratio = probabilities[samples.actions[n]] / np.exp(float(samples.log_probabilities[n]))
        advantage, value, old, target = (float(x) for x in (samples.advantages[n], values[n], samples.values[n], samples.returns[n]))
        policy = max(-advantage * ratio, -advantage * min(max(ratio, 1 - clip), 1 + clip))
        error = (value - target) ** 2
        if value_clipping:
            error = max(error, (old + min(max(value - old, -clip), clip) - target) ** 2)
        totals += weight * np.array([policy, error / 2, -(probabilities * np.log(probabilities)).sum(), ratio - 1 - np.log(ratio), abs(ratio - 1) > clip])
    return totals


@pytest.mark.parametrize("value_clipping", [True, False])
def test_terms_are_the_formulas(batch, value_clipping):
    terms = jax.jit(ppo_terms, static_argnums=4)(*batch, 0.1, value_clipping)
    expected = numpy_terms(*batch, 0.1, value_clipping)
    assert 0 < expected[4] < 5, "some steps are to be clipped, some not"
    np.testing.assert_allclose(np.array(terms), [*expected, 0], rtol=2e-5)


def test_terms_of_parts_add_up(batch):
    logits, values, samples = batch
    whole = ppo_terms(logits, values, samples, 0.2, True)
    parts = [ppo_terms(logits[s], values[s], Samples(*(x[s] for x in samples)), 0.2, True) for s in (slice(0, 3), slice(3, 7))]
    np.testing.assert_allclose(np.array(whole), np.array(parts[0]) + np.array(parts[1]), rtol=1e-5)


def test_padding_counts_for_nothing(batch):
    logits, values, samples = batch
    changed = samples._replace(advantages=np.where(samples.weights == 0, 1e3, samples.advantages).astype(np.float32))
    np.testing.assert_array_equal(np.array(ppo_terms(logits, values, samples, 0.2, True)), np.array(ppo_terms(logits, values, changed, 0.2, True)))


def test_policy_loss_stops_at_the_clip_only_where_that_is_pessimistic():
    ratio = np.array([2.0, 2.0, 0.5, 0.5], np.float32)
    advantages = np.array([1.0, -1.0, 1.0, -1.0], np.float32)
    np.testing.assert_allclose(policy_loss(ratio, advantages, 0.2), [-1.2, 2.0, -0.5, 0.8], rtol=1e-6)


def test_value_loss_pulls_towards_the_return_and_is_clipped_on_both_sides():
    # The new value lies ±1 beyond the old one; with ε = 0.2 what counts is the worse of it and old ± 0.2.
    values, old = np.array([1.0, -1.0, 1.0], np.float32), np.zeros(3, np.float32)
    returns = np.array([1.0, -1.0, -1.0], np.float32)
    np.testing.assert_allclose(value_loss(values, old, returns, 0.2), [0.5 * 0.8**2, 0.5 * 0.8**2, 2.0], rtol=1e-6)
    np.testing.assert_allclose(value_loss(values, old, returns), [0, 0, 2.0])


def test_entropy_of_equal_logits_is_log_a():
    np.testing.assert_allclose(entropy(np.full((2, 5), 3.0, np.float32)), np.log(5), rtol=1e-6)


def test_imitation_loss_is_the_divergence_and_half_the_squared_difference():
    generator = np.random.default_rng(4)
    logits, teacher_logits = generator.normal(size=(2, 3, 4)).astype(np.float32)
    values, teacher_values = generator.normal(size=(2, 3)).astype(np.float32)
    policy, teacher = (np.exp(x) / np.exp(x).sum(1, keepdims=True) for x in (logits, teacher_logits))
    expected = (teacher * np.log(teacher / policy)).sum(1) + (values - teacher_values) ** 2 / 2
    np.testing.assert_allclose(imitation_loss(logits, values, teacher_logits, teacher_values), expected, rtol=1e-5)


def test_objective_weighs_its_terms():
    assert objective(Terms(1.0, 10.0, 100.0, 0.0, 0.0, 1000.0), 0.5, 0.01, 0.1) == pytest.approx(1 + 5 - 1 + 100)
