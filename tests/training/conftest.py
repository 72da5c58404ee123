"""What the tests of training share."""

import sys
from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from signal_environment import SignalEnvironment  # noqa: E402

from rlvis.environments import register_environment  # noqa: E402
from rlvis.networks.architectures import ARCHITECTURES  # noqa: E402
from rlvis.networks import stack  # noqa: E402
from rlvis.networks.stack import Convolution, Dense, Recurrence, StackDescription  # noqa: E402
from rlvis.training.options import TrainingOptions  # noqa: E402
from rlvis.training.train import train  # noqa: E402

register_environment("signal", SignalEnvironment)

# Programs are compiled once per device; one is enough here, and a test with two ranks has processes of its own.
jax.devices()


def describe_tiny(observation_shape, num_actions, *, width=16, lstm=0, normalization=False):
    """The smallest network with a convolution: most of a test's time is compilation."""
    memory = (Recurrence("lstm", lstm),) if lstm else ()
    trunk = (Convolution("conv", 4, (4, 4), (4, 4), normalization=normalization), Dense("dense", width), *memory)
    return StackDescription(tuple(observation_shape), num_actions, trunk, name="tiny")


ARCHITECTURES["tiny"] = describe_tiny

TINY = {
    "environment": "signal:sides", "network": "tiny", "num_envs": 8, "num_steps": 8, "minibatches": 2, "epochs": 2,
    "total_steps": 256, "reward_processing": "none", "eval_every": 0, "micro_batch": 16, "learning_rate": 2e-3, "gamma": 0.9,
}


def quick_initialize(description, key):
    """Orthogonal parameters from NumPy: compiling those of JAX takes longer than a test."""
    generator = np.random.default_rng(3)

    def draw(layer, part, shape):
        if part.endswith("bias"):
            return jax.numpy.zeros(shape)
        rows = int(np.prod(shape[:-1]))
        orthogonal, _ = np.linalg.qr(generator.standard_normal((max(rows, shape[-1]), min(rows, shape[-1]))))
        matrix = (orthogonal if rows >= shape[-1] else orthogonal.T).reshape(shape)
        return jax.numpy.asarray((0.01 if layer == "policy" else np.sqrt(2)) * matrix, jax.numpy.float32)

    return {layer: {part: draw(layer, part, shape) for part, shape in group.items()} for layer, group in stack.parameter_shapes(description).items()}


@pytest.fixture(autouse=True, scope="session")
def quick_initialization():
    """Every network built here starts from `quick_initialize`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stack, "initialize", quick_initialize)
        yield


@pytest.fixture(autouse=True, scope="session")
def shared_programs():
    """One network per description, so that runs of the same network share what is compiled."""
    built = cache(lambda description: stack.build_stack(description))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlvis.training.trainer.build", built)
        yield


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory, quick_initialization, shared_programs):
    """The directory of a finished run with `TINY`."""
    path = tmp_path_factory.mktemp("whole") / "run"
    train(output=path, **TINY)
    return path


@pytest.fixture
def tiny_options():
    """A function that makes options of a run of seconds, changed as its arguments say."""
    return lambda **changes: TrainingOptions(**{**TINY, **changes})


@pytest.fixture
def tiny_training():
    """The same as keyword arguments of `rlvis.train`."""
    return dict(TINY)
