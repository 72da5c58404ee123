"""Which environment an agent plays: a description that fits into a checkpoint, and the environment made from it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from rlvis.environments.checks import suggestion
from rlvis.environments.vector import VectorEnvironment
from rlvis.errors import EnvironmentFailure

# Loaded when first used, so that no emulator is needed for a description; by name, as hints are given by agents, which come later in the flow.
_BUILT_IN = {"procgen": "rlvis.environments.procgen", "atari": "rlvis.environments.atari", "gymnasium": "rlvis.environments.gymnasium_adapter", "hint": "rlvis.rollouts.expert_hints"}
_REGISTERED: dict[str, "EnvironmentKind"] = {}
_INTERFACE = ("num_envs", "observation_shape", "num_actions", "action_names", "observe", "step", "close")


@dataclass(frozen=True)
class EnvironmentSpecification:
    """An environment's description.

    Attributes:
        kind: "procgen", "atari", "gymnasium" (by its id), "hint" (another one, with hints in its pictures), or a kind given to `register_environment`.
        name: the game, such as "coinrun" or "breakout".
        options: that kind's options: plain values by name.
    """

    kind: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "options", dict(self.options))

    def __hash__(self):
        return hash(json.dumps(self.to_json(), sort_keys=True))

    def to_json(self) -> dict[str, Any]:
        """The description as plain values that JSON can hold."""
        try:
            return {"kind": self.kind, "name": self.name, "options": json.loads(json.dumps(self.options))}
        except (TypeError, ValueError) as error:
            raise EnvironmentFailure(f"the options of {self.kind} {self.name} cannot be written as JSON: {error}") from error

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "EnvironmentSpecification":
        """The description that `to_json` wrote.

        Raises:
            EnvironmentFailure: if something is missing or of the wrong type.
        """
        wanted = {"kind": str, "name": str, "options": Mapping}
        if not isinstance(value, Mapping) or any(not isinstance(value.get(name, {}), expected) for name, expected in wanted.items()):
            raise EnvironmentFailure(f"expected a description of an environment with kind, name and options, got {value!r}")
        return cls(value["kind"], value["name"], value.get("options", {}))


@dataclass(frozen=True)
class EnvironmentKind:
    """How environments of one kind are made.

    Attributes:
        make: called as `make(specification, num_envs, seed, human_frames=…, num_threads=…)`.
        action_names: the names from the specification, without starting an emulator; None: made from an environment.
        notes: sentences for the reader of results, from the specification.
        version: gives text that changes whenever the environments may behave differently; `None`: nobody can tell, so
            that what was played once is never taken for what would be played now.
    """

    make: Callable[..., VectorEnvironment]
    action_names: Callable[[EnvironmentSpecification], tuple[str, ...]] | None = None
    notes: Callable[[EnvironmentSpecification], tuple[str, ...]] | None = None
    version: Callable[[], str] | None = None


def register_environment(kind: str, make: Callable[..., VectorEnvironment], action_names=None, notes=None, version=None) -> None:
    """Add a kind of environment, or replace one.

    Args:
        kind: its name, for `EnvironmentSpecification.kind`.
        make: called as `make(specification, num_envs, seed, human_frames=…, num_threads=…)`; gives any object with the
            interface of `VectorEnvironment`.
        action_names: gives the action names of a specification, if that is possible without making an environment.
        notes: gives sentences that a reader of the results should know.
        version: gives text that changes whenever the environments may behave differently; without it, `rlvis run` plays
            anew each time.
    """
    _REGISTERED[kind] = EnvironmentKind(make, action_names, notes, version)


def make_environment(specification: EnvironmentSpecification, num_envs: int, seed: int, *, human_frames: bool = False, num_threads: int | None = None) -> VectorEnvironment:
    """Make the environments that a specification describes.

    Args:
        specification: which.
        num_envs: how many.
        seed: of everything random in them; the same seed gives the same bytes.
        human_frames: also give human-resolution pictures.
        num_threads: threads to step them with, where the kind has such; default: by the processors there are.

    Raises:
        EnvironmentFailure: for an unknown kind, game or option.
    """
    environment = _kind(specification.kind).make(specification, num_envs, seed, human_frames=human_frames, num_threads=num_threads)
    missing = [name for name in _INTERFACE if not hasattr(environment, name)]
    if missing:
        raise EnvironmentFailure(f"what was made for {specification.kind} {specification.name} is no vector environment: its type {type(environment).__name__} has no {', '.join(missing)}")
    return environment


def action_names(specification: EnvironmentSpecification) -> tuple[str, ...]:
    """The names of the actions of a specification's environments."""
    kind = _kind(specification.kind)
    if kind.action_names is not None:
        return tuple(kind.action_names(specification))
    environment = make_environment(specification, 1, 0)
    try:
        return tuple(environment.action_names)
    finally:
        environment.close()


def environment_notes(specification: EnvironmentSpecification) -> tuple[str, ...]:
    """Sentences that a reader of the results should know, such as a substituted game."""
    notes = _kind(specification.kind).notes
    return tuple(notes(specification)) if notes else ()


def environment_version(specification: EnvironmentSpecification) -> str | None:
    """Text that changes whenever a specification's environments may behave differently; `None` where nobody can tell."""
    version = _kind(specification.kind).version
    return version() if version else None


def _kind(name) -> EnvironmentKind:
    if name in _REGISTERED:
        return _REGISTERED[name]
    if name in _BUILT_IN:
        return import_module(_BUILT_IN[name]).KIND
    raise EnvironmentFailure(f"there is no environment of kind {name!r}{suggestion(name, [*_BUILT_IN, *_REGISTERED])}; others are added by rlvis.environments.register_environment")
