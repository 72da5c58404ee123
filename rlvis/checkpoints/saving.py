"""Writes rlvis's own checkpoint format: one safetensors file, the rest as JSON in its header."""

import json
from pathlib import Path

import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.checkpoints.formats.safetensors_file import OWN_KEY
from rlvis.errors import CheckpointError
from rlvis.file_replacement import replace_file

VERSION = 1


def save(path, checkpoint: Checkpoint, *, half_precision: bool = False) -> Path:
    """Write a checkpoint; a file that is there is replaced in one step, or left as it was.

    Args:
        path: the file to write.
        checkpoint: the agent.
        half_precision: store the parameters as float16: half the bytes, about three digits.

    Returns:
        The path.

    Raises:
        CheckpointError: if the network exists only as Python code, or a parameter does not fit into float16.
        OutputError: if the file cannot be written.
    """
    from safetensors.numpy import save as safetensors_bytes

    path = Path(path)
    if checkpoint.network.description is None:
        raise CheckpointError(f"network {checkpoint.network.name!r} exists only as Python code, without a description; it cannot be written to {path}")
    header = {
        "version": VERSION,
        "network": dict(checkpoint.network.description),
        "environment": checkpoint.environment.to_json() if checkpoint.environment else None,
        "action_names": list(checkpoint.action_names),
        "gamma": checkpoint.gamma,
        "gae_lambda": checkpoint.gae_lambda,
        "notes": list(checkpoint.notes),
        "metadata": dict(checkpoint.metadata),
    }
    tensors = {f"{layer}/{part}": _stored(f"{layer}/{part}", array, half_precision) for layer, group in checkpoint.parameters.items() for part, array in group.items()}
    try:
        data = safetensors_bytes(tensors, {OWN_KEY: json.dumps(header, sort_keys=True)})
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"the checkpoint's metadata cannot be written as JSON: {error}") from error
    return replace_file(path, lambda stream: stream.write(data))


def _stored(name, array, half_precision):
    array = np.ascontiguousarray(array, dtype=np.float32)
    if not half_precision:
        return array
    largest = float(np.abs(array).max(initial=0))
    if largest > float(np.finfo(np.float16).max):
        raise CheckpointError(f"parameter {name} reaches {largest:g}, more than half precision holds; save without half_precision")
    return array.astype(np.float16)
