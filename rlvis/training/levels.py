"""What is played: the environment to train on, and the same with levels that training never shows."""

import json
from collections.abc import Iterable
from typing import Any

from rlvis.environments.procgen_options import COINRUN_OLD, GAMES, LARGEST_INTEGER
from rlvis.environments.specification import EnvironmentSpecification
from rlvis.errors import OptionError
from rlvis.rollouts.expert_hints import hint_environment
from rlvis.training.options import TrainingOptions

# Of `environment_options`, those that ask for hints in the pictures (`rlvis.rollouts.expert_hints`).
HINT_OPTIONS = ("hint", "expert")


def training_environment(options: TrainingOptions) -> EnvironmentSpecification:
    """The environment to train on, and to play in afterwards.

    Raises:
        OptionError: if `environment_options` are not of the form NAME=VALUE.
    """
    return _with_hints(_plain_environment(options), options)


def _with_hints(specification, options):
    given = parse_pairs("environment_options", options.environment_options)
    chosen = {name: given[name] for name in HINT_OPTIONS if name in given}
    return hint_environment(specification, chosen) if chosen else specification


def _plain_environment(options):
    kind, name = split_name(options.environment)
    given = {name: value for name, value in parse_pairs("environment_options", options.environment_options).items() if name not in HINT_OPTIONS}
    if kind == "procgen":
        settings = {"distribution_mode": options.distribution_mode, "num_levels": options.num_levels, "start_level": options.start_level}
    elif kind == "atari":
        # A lost life ends an episode, as in all training on Atari since Mnih et al. 2015; and so it does where the agent
        # is shown and evaluated, since each life starts with FIRE there and an agent has not learned to do that itself.
        # Returns are counted over whole games.
        settings = {"repeat_action_probability": options.sticky_actions, "frame_stack": options.frame_stack or 4, "episodic_life": True}
    else:
        settings = {}
    if options.frame_stack > 1:
        settings["frame_stack"] = options.frame_stack
    return EnvironmentSpecification(kind, name, {**settings, **given})


def unseen_environment(options: TrainingOptions) -> EnvironmentSpecification | None:
    """The same environment with all the levels after those trained on; `None` if it has no levels, or all are trained on."""
    training = _plain_environment(options)
    if training.kind != "procgen" or not options.num_levels:
        return None
    first = options.start_level + options.num_levels
    return _with_hints(EnvironmentSpecification("procgen", training.name, {**training.options, "start_level": first, "num_levels": LARGEST_INTEGER - first}), options)


def split_name(environment: str) -> tuple[str, str]:
    """Kind and name: "procgen:coinrun" → procgen, coinrun; bare names are Procgen games if there is one of that name, else Atari."""
    kind, colon, name = environment.partition(":")
    if colon:
        return kind, name
    return ("procgen" if environment in (*GAMES, COINRUN_OLD) else "atari"), environment


def parse_pairs(option: str, pairs: Iterable[str]) -> dict[str, Any]:
    """`("channels=8", "name=x")` as `{"channels": 8, "name": "x"}`; values are JSON where they can be read as such.

    Raises:
        OptionError: for anything without "=".
    """
    values = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise OptionError(f"option {option} takes NAME=VALUE, such as channels=8; got {pair!r}")
        try:
            values[name] = json.loads(text)
        except json.JSONDecodeError:
            values[name] = text
    return values
