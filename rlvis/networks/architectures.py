"""The architectures that can be asked for by name."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from rlvis.errors import NetworkError
from rlvis.networks.clear import describe_clear
from rlvis.networks.free_lunch_saliency import DESCRIPTIONS
from rlvis.networks.impala import describe_impala
from rlvis.networks.nature import describe_nature
from rlvis.networks.network import Network
from rlvis.networks.stack import StackDescription, build_stack

ARCHITECTURES = {"clear": describe_clear, "impala": describe_impala, "nature": describe_nature, **DESCRIPTIONS}


def describe(name: str, observation_shape, num_actions: int, **options) -> StackDescription:
    """The description of a named architecture for observations `(H, W, C)` and A actions.

    Raises:
        NetworkError: if there is no architecture of that name, or an option is not one of its own.
    """
    if name not in ARCHITECTURES:
        near = get_close_matches(name, ARCHITECTURES, 1)
        raise NetworkError(f"unknown network {name!r}{f'; did you mean {near[0]!r}?' if near else ''}; there are {', '.join(ARCHITECTURES)}")
    try:
        return ARCHITECTURES[name](observation_shape, num_actions, **options)
    except TypeError as error:
        raise NetworkError(f"network {name!r} does not take these options: {error}") from error


def build(description: StackDescription | Mapping[str, Any]) -> Network:
    """The network that a description, or its JSON form, describes."""
    if not isinstance(description, StackDescription):
        description = StackDescription.from_json(description)
    return build_stack(description)
