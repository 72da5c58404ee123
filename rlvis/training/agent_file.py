"""Trained agents as files: those that training writes, and those that it is given."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import numpy as np

from rlvis.checkpoints import Checkpoint, load, save
from rlvis.errors import OptionError
from rlvis.training.options import TrainingOptions


def save_agent(path: Path, network, parameters, specification, action_names, options: TrainingOptions, training: Mapping[str, Any]) -> None:
    """Write the agent, with how it was trained in its metadata; what was at `path` before is replaced at once."""
    metadata = {"training": {**{key: _plain(value) for key, value in training.items()}, "options": asdict(options)}}
    checkpoint = Checkpoint(network, jax.tree.map(np.asarray, parameters), specification, tuple(action_names), options.gamma, options.gae_lambda, metadata)
    save(path, checkpoint)


def load_agent(path: str, role: str, observation_shape: tuple[int, ...], num_actions: int) -> Checkpoint:
    """The agent in a checkpoint of any known format, if it could play what is trained on.

    Args:
        path: the checkpoint.
        role: what the agent is to training, for errors.
        observation_shape: `(H, W, C)` of what is trained on.
        num_actions: A of what is trained on.

    Raises:
        CheckpointError: if the file cannot be read.
        OptionError: if the agent sees or does something else, or is no actor-critic.
    """
    agent = load(path)
    network = agent.network
    if network.observation_shape != tuple(observation_shape) or network.num_actions != num_actions:
        raise OptionError(f"{role} {path} sees {network.observation_shape} and has {network.num_actions} actions; what is trained sees {tuple(observation_shape)} and has {num_actions}")
    if network.kind != "actor-critic":
        raise OptionError(f"{role} {path} is a Q-network; PPO needs an actor-critic, with a policy and a value")
    return agent


def _plain(value):
    return None if isinstance(value, float) and np.isnan(value) else value
