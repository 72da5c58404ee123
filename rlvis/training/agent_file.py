"""A trained agent as a checkpoint in rlvis's own format."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import numpy as np

from rlvis.checkpoints import Checkpoint, save
from rlvis.training.options import TrainingOptions


def save_agent(path: Path, network, parameters, specification, action_names, options: TrainingOptions, training: Mapping[str, Any]) -> None:
    """Write the agent, with how it was trained in its metadata; what was at `path` before is replaced at once."""
    metadata = {"training": {**{key: _plain(value) for key, value in training.items()}, "options": asdict(options)}}
    checkpoint = Checkpoint(network, jax.tree.map(np.asarray, parameters), specification, tuple(action_names), options.gamma, options.gae_lambda, metadata)
    save(path, checkpoint)


def _plain(value):
    return None if isinstance(value, float) and np.isnan(value) else value
