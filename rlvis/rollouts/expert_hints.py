"""Environments of the kind "hint": another environment, with a hint of an expert's action, or a random one, in its pictures."""

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from rlvis.checkpoints import load
from rlvis.environments.checks import checked_number
from rlvis.environments.frame_stack import MOST_FRAMES
from rlvis.environments.hints import HintEnvironment, RandomHints
from rlvis.environments.specification import EnvironmentKind, EnvironmentSpecification, action_names, environment_notes, make_environment
from rlvis.environments.vector import Moment, VectorEnvironment
from rlvis.errors import EnvironmentFailure
from rlvis.rollouts.action_noise import policy_keys
from rlvis.rollouts.policy import Policy

HINTS = ("expert", "random")
_OPTIONS = ("environment", "expert", "frame_stack", "hint")


class ExpertHints:
    """A trained agent's most probable action, from pictures without hints and a memory of its own.

    Args:
        path: the expert's checkpoint.
        environment: what it plays; only its shapes matter.

    Raises:
        CheckpointError: if the checkpoint cannot be read.
        EnvironmentFailure: if the expert sees or does something else.
    """

    def __init__(self, path: str, environment: VectorEnvironment):
        expert = load(path)
        network = expert.network
        if network.observation_shape != tuple(environment.observation_shape) or network.num_actions != environment.num_actions:
            raise EnvironmentFailure(f"the expert {path} sees {network.observation_shape} and has {network.num_actions} actions; the environment shows {tuple(environment.observation_shape)} and has {environment.num_actions}")
        # The most probable action needs no randomness.
        self._policy = Policy(network, expert.parameters, policy_keys(0, environment.num_envs), greedy=True)

    def choose(self, moment: Moment) -> np.ndarray:
        return self._policy.act(moment.observations, moment.firsts, 0).actions

    def get_state(self) -> list[bytes]:
        leaves = [np.asarray(leaf, np.float32) for leaf in jax.tree.leaves(self._policy.state)]
        return [b"".join(leaf[index].tobytes() for leaf in leaves) for index in range(len(self._policy.keys))]

    def set_state(self, states: Sequence[bytes]) -> None:
        leaves, structure = jax.tree.flatten(self._policy.state)
        sizes = [int(np.prod(leaf.shape[1:])) for leaf in leaves]
        if any(len(state) != 4 * sum(sizes) for state in states):
            raise EnvironmentFailure("this is no saved state of an environment with hints of this expert")
        values = np.stack([np.frombuffer(state, np.float32) for state in states])
        parts = np.split(values, np.cumsum(sizes)[:-1], axis=1) if leaves else []
        self._policy.state = jax.tree.unflatten(structure, [part.reshape(leaf.shape) for part, leaf in zip(parts, leaves, strict=True)])


def hint_environment(specification: EnvironmentSpecification, options: Mapping) -> EnvironmentSpecification:
    """The environment described, with hints.

    Args:
        specification: what is played.
        options: `hint` ("expert" or "random"), and for the former `expert`, the path of its checkpoint.
    """
    stack = specification.options.get("frame_stack", 1)
    return EnvironmentSpecification("hint", specification.name, {**options, "frame_stack": stack, "environment": specification.to_json()})


def hinted_specification(specification: EnvironmentSpecification) -> EnvironmentSpecification:
    """What is played, without hints.

    Raises:
        EnvironmentFailure: for options that do not exist, are missing, or do not go together.
    """
    options = specification.options
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown or "environment" not in options:
        raise EnvironmentFailure(f"an environment with hints takes the options {', '.join(_OPTIONS)}, environment at least; got {', '.join(options) or 'none'}")
    if options.get("hint") not in HINTS:
        raise EnvironmentFailure(f"option hint must be one of {', '.join(HINTS)}, got {options.get('hint')!r}")
    if (options["hint"] == "expert") != ("expert" in options):
        raise EnvironmentFailure("option expert is the checkpoint of the agent that gives the hints: it goes with hint=expert, and only with that")
    return EnvironmentSpecification.from_json(options["environment"])


def _make(specification, num_envs, seed, *, human_frames=False, num_threads=None):
    inner, options = hinted_specification(specification), specification.options
    stack = checked_number("frame_stack", options.get("frame_stack", 1), 1, MOST_FRAMES)
    environment = make_environment(inner, num_envs, seed, human_frames=human_frames, num_threads=num_threads)
    try:
        expert = options["hint"] == "expert"
        hints = ExpertHints(options["expert"], environment) if expert else RandomHints(num_envs, environment.num_actions, seed)
        return HintEnvironment(environment, hints, stack)
    except BaseException:
        environment.close()
        raise


KIND = EnvironmentKind(_make, lambda specification: action_names(hinted_specification(specification)), lambda specification: environment_notes(hinted_specification(specification)))
