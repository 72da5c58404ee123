"""Writes an agent as a run directory of Free-Lunch Saliency, for the programs that read those."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.checkpoints.free_lunch_variables import variable_prefixes
from rlvis.environments.specification import EnvironmentSpecification
from rlvis.errors import CheckpointError
from rlvis.file_replacement import replace_file
from rlvis.networks.free_lunch_saliency import VARIANTS


# Of TensorFlow's Adam.
_DECAYS = {"beta1_power:0": 0.9, "beta2_power:0": 0.999}


@dataclass(frozen=True)
class AdamState:
    """What Adam has after some steps: how many, and for each parameter the running means of gradients and of their squares."""

    steps: int
    first: Mapping[str, Mapping[str, np.ndarray]]
    second: Mapping[str, Mapping[str, np.ndarray]]


def save_free_lunch_run(directory, checkpoint: Checkpoint) -> Path:
    """Write `config.json` and `model.pkl`; files that are there are replaced in one step each.

    Args:
        directory: the run directory; made if it is not there.
        checkpoint: an agent with one of the fifteen networks.

    Returns:
        The directory.

    Raises:
        CheckpointError: for an agent with another network.
        OutputError: if the files cannot be written.
    """
    directory = Path(directory)
    save_variables(directory / "model.pkl", checkpoint.network.name, checkpoint.parameters)
    config = {"env_name": gym_id(checkpoint.environment), "network": checkpoint.network.name}
    replace_file(directory / "config.json", lambda stream: stream.write((json.dumps(config, indent=4) + "\n").encode()))
    return directory


def save_variables(path, network: str, parameters: Mapping[str, Mapping[str, np.ndarray]], adam: AdamState | None = None) -> None:
    """Write a run's `model.pkl`: every variable of the training graph, without which its own program does not start.

    Args:
        path: the file.
        network: one of the fifteen.
        parameters: by layer and part.
        adam: the optimizer's state; one that has not taken a step if `None`.

    Raises:
        CheckpointError: for another network.
        OutputError: if the file cannot be written.
    """
    import joblib

    if network not in VARIANTS:
        raise CheckpointError(f"the agent's network is {network!r}; a Free-Lunch Saliency run holds one of {', '.join(VARIANTS)}")
    variables = _named(network, parameters, "")
    if adam is None:
        moments = {name.replace(":0", f"/{slot}:0"): np.zeros_like(array) for slot in ("Adam", "Adam_1") for name, array in variables.items()}
    else:
        moments = _named(network, adam.first, "/Adam") | _named(network, adam.second, "/Adam_1")
    # Each power is one factor ahead of the steps taken.
    powers = {name: np.float32(decay ** (1 + (adam.steps if adam else 0))) for name, decay in _DECAYS.items()}
    replace_file(path, lambda stream: joblib.dump(variables | powers | moments, stream))


def _named(network, tree, slot):
    """A tree of parameters' arrays by the names of their variables, or of what the optimizer keeps for each in a slot."""
    variables = {}
    for layer, prefix in variable_prefixes(network).items():
        kernel, bias = (np.asarray(tree[layer][part], np.float32) for part in ("kernel", "bias"))
        variables |= {f"{prefix}/w{slot}:0": kernel, f"{prefix}/b{slot}:0": bias.reshape(1, -1, 1, 1) if kernel.ndim == 4 else bias}
    return variables


def gym_id(environment: EnvironmentSpecification | None) -> str | None:
    """Such as "MsPacmanNoFrameskip-v4" for the Atari game "ms_pacman"; any other environment's own name."""
    if environment is None or environment.kind != "atari" or "-v" in environment.name:
        return environment.name if environment else None
    name = environment.name
    return ("".join(word.capitalize() for word in name.split("_")) if name.islower() else name) + "NoFrameskip-v4"
