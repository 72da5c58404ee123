"""Networks small enough to know their saliency beforehand, or to compile in no time."""

import jax.numpy as jnp
import numpy as np
import pytest

from rlvis.networks import Network, Outputs
from rlvis.networks.stack import Convolution, Dense, Recurrence, StackDescription, build_stack, parameter_shapes


@pytest.fixture(scope="session")
def linear_network():
    """A function of weights `(A + 1, H, W, C)`: the network `u = w · x` for each action, value = the last; and its parameters."""

    def make(weights):
        weights = np.asarray(weights, np.float32)

        def forward(parameters, observations, state, tap):
            outputs = jnp.einsum("ahwc,nhwc->na", parameters["all"]["kernel"], observations)
            return Outputs(outputs[:, :-1], outputs[:, -1])

        return Network(forward, weights.shape[1:], len(weights) - 1, name="linear"), {"all": {"kernel": weights}}

    return make


@pytest.fixture(scope="session")
def pixel_sum_network():
    """A function of an observation's shape and f: logits `±Σ f(x)` and value `Σ f(x)`, the same whichever place a thing is in."""

    def make(shape, function=lambda x: x):
        def forward(parameters, observations, state, tap):
            total = function(observations).sum(axis=(1, 2, 3))
            return Outputs(jnp.stack([total, -total], axis=1), total)

        return Network(forward, shape, 2, name="sum"), {}

    return make


def drawn(description):
    generator = np.random.default_rng(7)
    shapes = parameter_shapes(description)
    return {layer: {part: (generator.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]) or 1)).astype(np.float32) for part, shape in group.items()} for layer, group in shapes.items()}


@pytest.fixture(scope="session")
def bent():
    """One convolution and a dense layer on 8 × 8 × 2 observations, 3 actions: `(network, parameters)`."""
    description = StackDescription((8, 8, 2), 3, (Convolution("conv", 3, (3, 3), (2, 2), activation="elu"), Dense("dense", 4, "tanh")))
    return build_stack(description), drawn(description)


@pytest.fixture(scope="session")
def remembering():
    """One convolution and a GRU on 8 × 8 × 2 observations, 3 actions: `(network, parameters)`."""
    description = StackDescription((8, 8, 2), 3, (Convolution("conv", 3, (3, 3), (2, 2), activation="elu"), Recurrence("gru", 4, "gru")))
    return build_stack(description), drawn(description)


@pytest.fixture(scope="session")
def small_pictures():
    """Three random observations, `(3, 8, 8, 2)` float32 in [0, 1]."""
    return np.random.default_rng(9).random((3, 8, 8, 2), np.float32)
