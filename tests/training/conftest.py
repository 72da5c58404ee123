"""What the tests of training share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from signal_environment import SignalEnvironment  # noqa: E402

from rlvis.environments import register_environment  # noqa: E402
from rlvis.training import TrainingOptions  # noqa: E402

register_environment("signal", SignalEnvironment)

TINY = {
    "environment": "signal:sides", "network": "clear", "network_options": ("channels=2",), "num_envs": 8, "num_steps": 8, "minibatches": 2, "epochs": 2,
    "total_steps": 256, "reward_processing": "none", "eval_every": 0, "micro_batch": 16, "learning_rate": 2e-3, "gamma": 0.9,
}


@pytest.fixture
def tiny_options():
    """A function that makes options of a run of seconds, changed as its arguments say."""
    return lambda **changes: TrainingOptions(**{**TINY, **changes})


@pytest.fixture
def tiny_training():
    """The same as keyword arguments of `rlvis.train`."""
    return dict(TINY)
