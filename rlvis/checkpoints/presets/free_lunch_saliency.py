"""Agents of Free-Lunch Saliency: the plain network here; those with attention join `NETWORKS`."""

from collections.abc import Callable
from dataclasses import replace

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.checkpoints.presets import baselines
from rlvis.checkpoints.presets.atari_environment import atari_environment
from rlvis.errors import CheckpointError

# By the name in config.json: how its variables become an agent.
NETWORKS: dict[str, Callable[[Contents, Request], Interpretation]] = {"cnn": baselines.interpret}


def recognise(contents: Contents) -> bool:
    """A run directory."""
    return contents.format == "free-lunch-saliency"


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network that the configuration names; γ and λ as the training program had them."""
    name = contents.metadata["network"]
    if name not in NETWORKS:
        raise CheckpointError(f"the network of this Free-Lunch Saliency run is {name[:60]!r}, which is not supported; supported are {', '.join(NETWORKS)}")
    environment = atari_environment(contents.metadata.get("env_name"), {})
    return replace(NETWORKS[name](contents, request), environment=environment, gamma=0.99, gae_lambda=0.95)


PRESET = Preset("free-lunch-saliency", "Free-Lunch Saliency agent", recognise, interpret)
