"""Which network a file's tensors are, and what else the file's kind implies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import Convention
from rlvis.environments.specification import EnvironmentSpecification
from rlvis.networks.stack import StackDescription

# By layer: the name that stands before every suffix of the convention, or the name of each part's tensor; several
# names joined by "+" are added up; None is zeros, or ones for a variance or a scale.
Names = Mapping[str, "str | Mapping[str, str | None]"]

Q_NOTE = "This is a Q-network: the policy's outputs are action values, and the value is the largest of them."


@dataclass(frozen=True)
class Interpretation:
    """How to build an agent from a file's tensors.

    Attributes:
        description: the network.
        names: where its layers' tensors are; a layer not listed has its own name.
        convention: how the tensors are laid out; `None` for the way of the file's format.
        environment: what the agent was trained to play, where that is known.
        environment_defaults: by kind of environment, the options that agents of this kind need, whichever game they
            play; what the file or the caller says comes before them.
        action_names: one name per action, where known.
        gamma, gae_lambda: where known.
        notes: sentences for the page.
        transforms: by layer and part, a function to apply to the tensor as it is in the file.
    """

    description: StackDescription
    names: Names = field(default_factory=dict)
    convention: Convention | None = None
    environment: EnvironmentSpecification | None = None
    environment_defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    action_names: tuple[str, ...] = ()
    gamma: float | None = None
    gae_lambda: float | None = None
    notes: tuple[str, ...] = ()
    transforms: Mapping[tuple[str, str], Callable] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What the caller says about a file, for presets to take into account.

    Attributes:
        observation_shape: `(H, W, C)` where the caller gave it.
        network: which of a preset's `networks`, where the caller named one.
    """

    observation_shape: tuple[int, int, int] | None = None
    network: str | None = None


@dataclass(frozen=True)
class Preset:
    """A kind of network that is known by its tensors' names and shapes.

    Attributes:
        name: what `--network` takes.
        title: what to call it in a sentence.
        recognise: whether a file's contents are of this kind.
        interpret: how to build the agent; raises `CheckpointError`.
        networks: names of single networks that `--network` takes too, where this kind has several of the same shapes.
    """

    name: str
    title: str
    recognise: Callable[[Contents], bool]
    interpret: Callable[[Contents, Request], Interpretation]
    networks: tuple[str, ...] = ()


def metadata_number(metadata: Mapping[str, Any], *keys: str) -> float | None:
    """The first of these entries that is a number from 0 to 1."""
    for key in keys:
        value = metadata.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
    return None
