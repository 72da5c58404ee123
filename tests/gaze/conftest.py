"""A small recording in the dataset's layout, and an agent with attention that can be shown it."""

from dataclasses import replace

import numpy as np
import pytest

from rlvis.checkpoints import Checkpoint
from rlvis.environments import EnvironmentSpecification
from rlvis.gaze.recording import write_trial
from tests.conftest import random_network, random_parameters

NUM_FRAMES = 42


def record(directory, number, seed, num_frames=NUM_FRAMES, game="MsPacman"):
    """A white square wanders over noise, and the player looks at it: `(trial, pictures, gaze)`."""
    generator = np.random.default_rng(seed)
    place = np.cumsum(generator.normal(0, 4, (num_frames, 2)), 0) + [80, 100]
    place = np.clip(place, 10, [150, 200])
    pictures = generator.integers(0, 40, (num_frames, 21, 16, 3), dtype=np.uint8).repeat(10, 1).repeat(10, 2)
    gaze = []
    for picture, (x, y) in zip(pictures, place, strict=True):
        picture[int(y) - 5 : int(y) + 5, int(x) - 5 : int(x) + 5] = 255
        gaze.append(np.array([x, y]) + generator.normal(0, 3, (generator.integers(0, 4), 2)))
    gaze = [np.round(positions, 2) for positions in gaze]
    return write_trial(directory, number, game, pictures, gaze, name=f"RL_{number}_Jan-1"), pictures, gaze


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """`(directory, trial, pictures, gaze)` of trial 7; the directory also has a shorter trial 12, and one of another game."""
    directory = tmp_path_factory.mktemp("atari-head")
    trial, pictures, gaze = record(directory, 7, 0)
    record(directory, 12, 1, 22)
    record(directory, 99, 2, 6, "Breakout")
    return directory, trial, pictures, gaze


@pytest.fixture(scope="session")
def watcher() -> Checkpoint:
    """An agent with a small network with attention, untrained; its `initialize` takes no compiling."""
    network, parameters = random_network("cnn_sparse_fls", (84, 84, 4), 3, features=4, channels=(3, 4, 5), attention_features=4)
    from rlvis.networks.stack import StackDescription

    description = StackDescription.from_json(network.description)
    network = replace(network, initialize=lambda key: random_parameters(description, seed=8))
    return Checkpoint(network, parameters, EnvironmentSpecification("atari", "MsPacmanNoFrameskip-v4"), ("NOOP", "UP", "RIGHT"))
