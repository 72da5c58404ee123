"""Gradients in parts are the gradient of the whole."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rlvis.networks import build, describe
from rlvis.networks.observations import normalize_observations
from rlvis.training.gradients import GradientAccumulator
from rlvis.training.losses import Samples, imitation_loss, objective, ppo_terms
from rlvis.training.teacher import Teacher


@pytest.fixture(scope="module")
def network():
    return build(describe("tiny", (8, 8, 1), 3))


def make_parts(count, generator):
    observations = generator.integers(0, 256, (count, 8, 8, 1), np.uint8)
    floats = generator.normal(size=(4, count)).astype(np.float32)
    return observations, Samples(generator.integers(0, 3, count).astype(np.int32), -1 + 0.1 * floats[0], *floats[1:], np.ones(count, np.float32))


@pytest.mark.parametrize("taught", [False, True])
def test_micro_batches_add_up_to_the_whole_gradient(network, taught):
    generator = np.random.default_rng(0)
    parameters = network.initialize(jax.random.key(0))
    teacher = Teacher(network, jax.tree.map(lambda x: x + 0.1, parameters)) if taught else None
    observations, samples = make_parts(12, generator)
    parts = [(observations[s], None, None, Samples(*(x[s] for x in samples))) for s in (slice(0, 4), slice(4, 8), slice(8, 12))]
    accumulator = GradientAccumulator(network, value_clipping=True, value_coefficient=0.5, entropy_coefficient=0.01, devices=jax.devices()[:1], teacher=teacher)
    gradients, terms = accumulator(parameters, parts, 0.2, 0.7)

    def whole(parameters):
        outputs = network(parameters, normalize_observations(observations))
        own = ppo_terms(outputs.logits, outputs.value, samples, 0.2, True)
        lesson = jnp.sum(imitation_loss(outputs.logits, outputs.value, *network(teacher.parameters, normalize_observations(observations))[:2])) if taught else 0.0
        return objective(own, 0.5, 0.01) + 0.7 * lesson

    expected = jax.jit(jax.grad(whole))(parameters)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), gradients, expected)
    assert (float(terms.imitation_loss) > 0) == taught


def test_parameters_are_left_alone(network):
    parameters = network.initialize(jax.random.key(0))
    before = jax.tree.map(np.array, parameters)
    observations, samples = make_parts(4, np.random.default_rng(1))
    GradientAccumulator(network, value_clipping=True, value_coefficient=0.5, entropy_coefficient=0.01, devices=jax.devices()[:1])(parameters, [(observations, None, None, samples)] * 2, 0.2)
    jax.tree.map(np.testing.assert_array_equal, parameters, before)
