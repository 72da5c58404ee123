"""The agent at play."""

import jax
import numpy as np
import pytest

from rlvis.errors import NetworkError
from rlvis.networks import build
from rlvis.networks.stack import Dense, StackDescription
from rlvis.rollouts.policy import Policy


def test_observations_of_another_environment():
    network = build(StackDescription((10, 10, 4), 3, (Dense("dense", 5),)))
    policy = Policy(network, network.initialize(jax.random.key(0)), jax.random.split(jax.random.key(1), 2))
    assert policy.act(np.zeros((2, 10, 10, 4), np.uint8), np.ones(2, bool), 0).actions.shape == (2,)
    with pytest.raises(NetworkError, match="shows observations of 84×84×4, the network takes 10×10×4; name the environment"):
        policy.act(np.zeros((2, 84, 84, 4), np.uint8), np.ones(2, bool), 0)
