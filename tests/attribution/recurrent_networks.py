"""Small networks with a memory: one whose attributions are known in closed form, and smooth ones."""

import jax.numpy as jnp
import numpy as np

from rlvis.networks import Network, Outputs
from rlvis.networks.stack import Convolution, Recurrence, StackDescription, build_stack
from tests.conftest import random_parameters

DECAY = 0.5


def linear_network():
    """`s' = ½ s + w · a`, value `v = s' · u`, logits `s' · U`, with a the observation at tap "a"; parameters come with it."""
    generator = np.random.default_rng(3)
    parameters = {"w": generator.normal(size=(12, 4)).astype(np.float32), "u": generator.normal(size=(4, 3)).astype(np.float32)}

    def forward(parameters, observations, state, tap):
        a = tap("a", observations, kind="relu")
        memory = DECAY * state["core"] + a.reshape(len(a), -1) @ parameters["w"]
        out = memory @ parameters["u"]
        return Outputs(out[:, 1:], out[:, 0], {"core": memory, "steps": state["steps"] + 1})

    return Network(forward, (2, 2, 3), 2, initial_state=lambda n: {"core": jnp.zeros((n, 4)), "steps": jnp.zeros(n, jnp.int32)}), parameters


def smooth_network(cell):
    """A convolution "conv" with ELU, then a cell "core", on 8 × 8 × 2 observations, 3 actions: `(network, parameters)`."""
    description = StackDescription((8, 8, 2), 3, (Convolution("conv", 3, (3, 3), activation="elu"), Recurrence("core", 5, cell)))
    return build_stack(description), random_parameters(description)
