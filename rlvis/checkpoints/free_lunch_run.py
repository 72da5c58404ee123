"""Writes an agent as a run directory of Free-Lunch Saliency, for the programs that read those."""

import json
from pathlib import Path

import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.checkpoints.free_lunch_variables import variable_prefixes
from rlvis.errors import CheckpointError
from rlvis.file_replacement import replace_file
from rlvis.networks.free_lunch_saliency import VARIANTS


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
    import joblib

    name = checkpoint.network.name
    if name not in VARIANTS:
        raise CheckpointError(f"the agent's network is {name!r}; a Free-Lunch Saliency run holds one of {', '.join(VARIANTS)}")
    directory = Path(directory)
    variables = {}
    for layer, prefix in variable_prefixes(name).items():
        kernel, bias = (np.asarray(checkpoint.parameters[layer][part], np.float32) for part in ("kernel", "bias"))
        variables |= {f"{prefix}/w:0": kernel, f"{prefix}/b:0": bias.reshape(1, -1, 1, 1) if kernel.ndim == 4 else bias}
    config = {"env_name": _gym_id(checkpoint.environment), "network": name}
    replace_file(directory / "model.pkl", lambda stream: joblib.dump(variables, stream))
    replace_file(directory / "config.json", lambda stream: stream.write((json.dumps(config, indent=4) + "\n").encode()))
    return directory


def _gym_id(environment):
    """Such as "MsPacmanNoFrameskip-v4" for the Atari game "ms_pacman"; any other environment's own name."""
    if environment is None or environment.kind != "atari" or "-v" in environment.name:
        return environment.name if environment else None
    name = environment.name
    return ("".join(word.capitalize() for word in name.split("_")) if name.islower() else name) + "NoFrameskip-v4"
