import pytest

from rlvis.checkpoints import Checkpoint
from tests.conftest import random_network


@pytest.fixture(scope="session")
def attentive_agent(corridor_agent) -> Checkpoint:
    """An untrained agent with attention, in the corridor."""
    network, parameters = random_network("cnn_dense_fls", (16, 16, 3), 5, features=3, channels=(2, 2, 3), attention_features=2)
    return Checkpoint(network, parameters, corridor_agent.environment, corridor_agent.action_names)
