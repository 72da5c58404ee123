"""What training starts with: a network, and parameters of its own or another agent's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rlvis.errors import OptionError
from rlvis.networks import describe
from rlvis.networks.stack import StackDescription
from rlvis.training.agent_file import load_agent
from rlvis.training.levels import parse_pairs
from rlvis.training.options import SAME, TrainingOptions


@dataclass(frozen=True)
class StartingPoint:
    """The network to train; and its parameters, `None` if they are drawn or come from a saved state."""

    description: StackDescription
    parameters: Mapping[str, Any] | None = None


def starting_point(options: TrainingOptions, observation_shape: tuple[int, ...], num_actions: int, resumed: Mapping[str, Any] | None = None) -> StartingPoint:
    """The named network, or with `start_from` that agent's.

    Args:
        options: of the run.
        observation_shape: `(H, W, C)` of what is trained on.
        num_actions: A of what is trained on.
        resumed: the network's description in the configuration of the run to go on with; the agent that the run
            once started from need no longer be there.

    Raises:
        CheckpointError: if the agent to start from cannot be read.
        OptionError: if it sees or does something else, or does not have the network that the options name.
    """
    named = None
    if options.network != SAME:
        named = describe(options.network, observation_shape, num_actions, **parse_pairs("network_options", options.network_options))
    if resumed is not None:
        return StartingPoint(named or StackDescription.from_json(resumed))
    if options.start_from is None:
        return StartingPoint(named)
    agent = load_agent(options.start_from, "the agent to start from", observation_shape, num_actions)
    own = StackDescription.from_json(agent.network.description)
    if named is not None and replace(own, name=named.name) != StackDescription.from_json(named.to_json()):
        given = " ".join((options.network, *options.network_options))
        raise OptionError(f"the agent to start from, {options.start_from}, does not have the network {given} but {_summary(own)}; leave out --network and its options to train the agent's own")
    return StartingPoint(own, agent.parameters)


def _summary(description):
    layers = ", ".join(f"{layer.name}{f' {layer.features}' if hasattr(layer, 'features') else ''}" for layer in description.trunk if hasattr(layer, "name"))
    return f"{description.name} ({layers})"
