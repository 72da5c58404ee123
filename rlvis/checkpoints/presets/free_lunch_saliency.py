"""Agents of Free-Lunch Saliency: fifteen networks, of which all but one have attention.

The published training program writes variables only, named or as a bare list in the order of the graph; which network
they are is in a `config.json` beside them, if there is one. Without it their shapes are compared with the networks'.
"""

import re
from collections.abc import Mapping

import numpy as np

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.free_lunch_variables import variable_prefixes
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.checkpoints.presets.atari_environment import atari_environment, stack_of
from rlvis.checkpoints.presets.tensor_names import first_match, shape_of
from rlvis.errors import CheckpointError
from rlvis.networks.architectures import describe
from rlvis.networks.free_lunch_saliency import VARIANTS
from rlvis.networks.stack import StackDescription, parameter_shapes

_FIRST = re.compile(r"(.+)/pi/c1/w:0")
_TRUNK = re.compile(r".+/pi/.+/w:0")
_ATTENTION = re.compile(r".+/pi/h1(/h1)?/w:0")
_SIDES = (84, 84)
# As the published program evaluates: its wrappers end an episode, and press FIRE, at every lost life.
_PLAYED = {"episodic_life": True}


def recognise(contents: Contents) -> bool:
    """A run directory, or the variables of a network with attention."""
    if contents.format == "free-lunch-saliency" or first_match(contents.tensors, _ATTENTION) is not None:
        return True
    return contents.format == "joblib" and _is_list(contents.tensors) and bool(_fitting(contents.tensors, Request()))


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network that the caller, the configuration or the shapes name; γ and λ as the training program had them."""
    tensors = contents.tensors
    name = request.network or contents.metadata.get("network") or _only_fitting(tensors, request)
    if name not in VARIANTS:
        raise CheckpointError(f"the network of this Free-Lunch Saliency run is {str(name)[:60]!r}; expected one of {', '.join(VARIANTS)}")
    variables = _variables(name, tensors)
    description = _describe(name, variables, tensors, request)
    channels = description.observation_shape[2]
    environment = atari_environment(contents.metadata.get("env_name"), {**stack_of(channels), **_PLAYED})
    return Interpretation(description, variables, CONVENTIONS["tensorflow"], environment, {"atari": {**stack_of(channels), **_PLAYED}}, gamma=0.99, gae_lambda=0.95)


def _is_list(tensors):
    return all(name.isdigit() for name in tensors)


def _variables(network: str, tensors: Mapping) -> dict[str, dict[str, str]]:
    """By layer and part, the name of the variable; in a bare list the optimizer's variables come after the network's."""
    parts = {"kernel": "w:0", "bias": "b:0"}
    if _is_list(tensors):
        prefixes, names = variable_prefixes(network), iter(tensors)
        return {layer: {part: next(names, f"{prefix}/{suffix}") for part, suffix in parts.items()} for layer, prefix in prefixes.items()}
    scope = first_match(tensors, _FIRST)
    if scope is None:
        raise CheckpointError("tensor 'ppo2_model/pi/c1/w:0' is missing; it is the kernel of the first convolution")
    return {layer: {part: f"{prefix}/{suffix}" for part, suffix in parts.items()} for layer, prefix in variable_prefixes(network, scope.group(1)).items()}


def _describe(network, variables, tensors, request: Request) -> StackDescription:
    """The network with the widths that its variables have."""
    kernels = {layer: parts["kernel"] for layer, parts in variables.items()}
    return describe(
        network,
        request.observation_shape or (*_SIDES, shape_of(tensors, kernels["conv1"], 4)[2]),
        shape_of(tensors, kernels["policy"], 2)[1],
        features=shape_of(tensors, kernels["dense"], 2)[1],
        channels=tuple(shape_of(tensors, kernels[f"conv{number}"], 4)[3] for number in (1, 2, 3)),
        attention_features=next((shape_of(tensors, kernel, 4)[3] for layer, kernel in kernels.items() if layer.endswith(".hidden")), None),
    )


def _only_fitting(tensors, request):
    """The network whose variables have these names and shapes.

    Raises:
        CheckpointError: if there is none, or several that the caller has to choose from.
    """
    fitting = _fitting(tensors, request)
    if len(fitting) != 1:
        found = f"they are those of {', '.join(fitting)} alike" if fitting else f"they are those of none of {', '.join(VARIANTS)}"
        raise CheckpointError(f"there is no config.json that names the network, and by names and shapes of its variables {found}; say which it is with --network, such as --network {(fitting or ['cnn_sparse_fls'])[0]}")
    return fitting[0]


def _fitting(tensors, request):
    return [name for name in VARIANTS if _fits(name, tensors, request)]


def _fits(network, tensors, request):
    try:
        variables = _variables(network, tensors)
        shapes = parameter_shapes(_describe(network, variables, tensors, request))
    except CheckpointError:
        return False
    kernels = {parts["kernel"] for parts in variables.values()}
    if not _is_list(tensors) and any(_TRUNK.fullmatch(name) and name not in kernels for name in tensors):
        return False
    return all(_shape(tensors, variables[layer]["kernel"]) == group["kernel"] and np.prod(_shape(tensors, variables[layer]["bias"]), dtype=int) == group["bias"][0] for layer, group in shapes.items())


def _shape(tensors, name):
    return tuple(tensors[name].shape) if name in tensors else ()


PRESET = Preset("free-lunch-saliency", "Free-Lunch Saliency agent", recognise, interpret, tuple(VARIANTS))
