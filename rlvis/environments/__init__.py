"""Environments: a specification goes in, N games stepped together come out.

`make_environment(specification, num_envs, seed)` gives a `VectorEnvironment`. Its moments hold observations
`(N, H, W, C)`; its transitions hold rewards and ends `(N,)` and the next moment, in which a new episode has already
begun wherever one ended. Emulators are touched in this folder only, and are imported when first needed.
"""

from rlvis.environments.specification import EnvironmentSpecification, action_names, environment_notes, make_environment, register_environment
from rlvis.environments.vector import Moment, Transition, VectorEnvironment

__all__ = [
    "EnvironmentSpecification",
    "Moment",
    "Transition",
    "VectorEnvironment",
    "action_names",
    "environment_notes",
    "make_environment",
    "register_environment",
]
