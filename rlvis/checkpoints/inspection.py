"""What is in a checkpoint, as plain data: for `rlvis inspect`, and for anybody's programs."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.interpretation import Interpretation
from rlvis.checkpoints.loading import assemble, damage_as_errors, environment_of, interpret, read_contents
from rlvis.checkpoints.opened_file import OpenedFile, open_file
from rlvis.environments.preprocessing import preprocessing_from_json
from rlvis.environments.specification import EnvironmentSpecification
from rlvis.errors import CheckpointError
from rlvis.networks import Network, list_taps
from rlvis.networks.bottlenecks import attributable_taps
from rlvis.networks.stack import StackDescription


def inspect(path, *, network=None, environment: EnvironmentSpecification | None = None, environment_options=None, map_file=None, observation_shape=None) -> dict[str, Any]:
    """Everything that can be told of a checkpoint, as plain data that JSON can hold.

    A file whose network is of no known kind is not an error here: its tensors are listed, and "missing" says what to do.

    Args:
        path: the checkpoint.
        network, environment, environment_options, map_file, observation_shape: as for `rlvis.checkpoints.load`.

    Returns:
        "path", "format", "bytes", "sha256", "tensors" (those in the file), "network" (`None` if unknown), "layers",
        "taps", "environment", "preprocessing", "action_names", "gamma", "gae_lambda", "notes", "metadata", "missing".

    Raises:
        CheckpointError: if the file is damaged or of no known format.
    """
    with damage_as_errors(path):
        file = open_file(path)
        contents = read_contents(file)
        try:
            interpretation = interpret(contents, network, map_file, observation_shape)
        except CheckpointError as error:
            if network is not None or map_file is not None:
                raise
            return {**_file(file, contents), "network": None, "missing": [str(error)]}
        return {**_file(file, contents), **_agent(file, contents, interpretation, environment_of(interpretation, environment, environment_options))}


def _file(file: OpenedFile, contents: Contents):
    tensors = [{"name": name, "shape": list(map(int, tensor.shape))} for name, tensor in contents.tensors.items()]
    metadata = {key: value for key, value in contents.metadata.items() if contents.format != "rlvis"}
    return {"path": str(file.path), "format": contents.title, "bytes": file.size, "sha256": file.sha256, "tensors": tensors, "metadata": metadata}


def _agent(file, contents, interpretation: Interpretation, environment):
    checkpoint = assemble(file, contents, interpretation, environment)
    network, parameters = checkpoint.network, checkpoint.parameters
    attributable = attributable_taps(network, parameters)
    return {
        "network": {
            "name": network.name,
            "kind": network.kind,
            "observation_shape": list(network.observation_shape),
            "num_actions": network.num_actions,
            "recurrent": network.recurrent,
            "parameters": sum(int(array.size) for group in parameters.values() for array in group.values()),
        },
        "layers": _layers(interpretation.description, network, parameters),
        "taps": [{"name": tap.name, "kind": tap.kind, "shape": list(tap.shape), "attributable": tap.name in attributable} for tap in list_taps(network, parameters)],
        "environment": environment.to_json() if environment else None,
        "preprocessing": _preprocessing(network, interpretation, environment),
        "action_names": list(checkpoint.action_names),
        "gamma": checkpoint.gamma,
        "gae_lambda": checkpoint.gae_lambda,
        "notes": list(checkpoint.notes),
        "metadata": dict(checkpoint.metadata),
        "missing": _missing(interpretation, environment, checkpoint),
    }


def _layers(description: StackDescription, network: Network, parameters: Mapping[str, Mapping[str, np.ndarray]]):
    """Each layer with the shape of what it gives and of its parameters, heads last."""
    shapes = {tap.name: tap.shape for tap in list_taps(network, parameters)}
    rows = []
    for tower in ("trunk", "policy", "value"):
        for layer in getattr(description, tower):
            own = {name: group for name, group in parameters.items() if name == layer.name or name.startswith(layer.name + ".")}
            rows.append(_layer(layer.name, type(layer).__name__, tower, shapes.get(layer.name), own))
    heads = {"policy": (network.num_actions,), "value": ()}
    return rows + [_layer(name, "Head", name, shape, {name: parameters[name]}) for name, shape in heads.items() if name in parameters]


def _layer(name, kind, tower, shape, own):
    sizes = {f"{group}/{part}": list(array.shape) for group, parts in own.items() for part, array in parts.items()}
    return {"name": name, "kind": kind, "tower": tower, "output_shape": None if shape is None else list(shape), "parameters": sizes, "count": sum(map(prod, sizes.values()))}


def _preprocessing(network, interpretation, environment):
    """What becomes of the environment's pictures, as far as that is known."""
    scale = {"observation_shape": list(network.observation_shape), "scale": "bytes are divided by 255"}
    defaults = interpretation.environment_defaults.get("atari")
    options = environment.options if environment else defaults
    if options is None or (environment is not None and environment.kind != "atari"):
        return scale
    return {**preprocessing_from_json(options.get("preprocessing", {})).to_json(), **scale}


def _missing(interpretation, environment, checkpoint):
    missing = []
    if environment is None:
        missing.append("the environment: the file does not say what the agent plays; name it with --env")
    if not interpretation.action_names and checkpoint.action_names and checkpoint.action_names[0] == "action 0":
        missing.append("the names of the actions: they follow from the environment")
    for name, value in (("γ", interpretation.gamma), ("λ", interpretation.gae_lambda)):
        if value is None:
            missing.append(f"{name} of the advantages: {'0.999' if name == 'γ' else '0.95'} is taken")
    return missing
