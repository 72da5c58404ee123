"""Agents of Free-Lunch Saliency: fifteen networks, of which all but one have attention."""

import re

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.free_lunch_variables import variable_prefixes
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.checkpoints.presets.atari_environment import atari_environment
from rlvis.checkpoints.presets.tensor_names import first_match, shape_of
from rlvis.errors import CheckpointError
from rlvis.networks.architectures import describe
from rlvis.networks.free_lunch_saliency import VARIANTS

_FIRST = re.compile(r"(.+)/pi/c1/w:0")
_SIDES = (84, 84)


def recognise(contents: Contents) -> bool:
    """A run directory."""
    return contents.format == "free-lunch-saliency"


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network that the configuration names, its widths read off the shapes; γ and λ as the training program had them."""
    name, tensors = contents.metadata.get("network"), contents.tensors
    if name not in VARIANTS:
        raise CheckpointError(f"the network of this Free-Lunch Saliency run is {str(name)[:60]!r}; expected one of {', '.join(VARIANTS)}")
    scope = first_match(tensors, _FIRST)
    if scope is None:
        raise CheckpointError("tensor 'ppo2_model/pi/c1/w:0' is missing; it is the kernel of the first convolution")
    prefixes = variable_prefixes(name, scope.group(1))
    description = describe(
        name,
        request.observation_shape or (*_SIDES, shape_of(tensors, f"{prefixes['conv1']}/w:0", 4)[2]),
        shape_of(tensors, f"{prefixes['policy']}/w:0", 2)[1],
        features=shape_of(tensors, f"{prefixes['dense']}/w:0", 2)[1],
        channels=tuple(shape_of(tensors, f"{prefixes[f'conv{number}']}/w:0", 4)[3] for number in (1, 2, 3)),
        attention_features=next((shape_of(tensors, f"{prefix}/w:0", 4)[3] for layer, prefix in prefixes.items() if layer.endswith(".hidden")), None),
    )
    environment = atari_environment(contents.metadata.get("env_name"), {})
    return Interpretation(description, prefixes, CONVENTIONS["tensorflow"], environment, gamma=0.99, gae_lambda=0.95)


PRESET = Preset("free-lunch-saliency", "Free-Lunch Saliency agent", recognise, interpret)
