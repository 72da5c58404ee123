"""An Atari game's description from the names that training programs give it."""

import re
from collections.abc import Mapping
from typing import Any

from rlvis.environments.specification import EnvironmentSpecification

_IDENTIFIER = re.compile(r"(?P<ale>ALE/)?(?P<game>[A-Za-z][A-Za-z0-9_]{1,40}?)(?:NoFrameskip|Deterministic)?(?:-v(?P<version>\d+))?")


def atari_environment(identifier, options: Mapping[str, Any]) -> EnvironmentSpecification | None:
    """The environment of a name such as "BreakoutNoFrameskip-v4", "ALE/Breakout-v5" or "breakout"; `None` if it is none.

    The game is played under the usual wrappers, as training programs do; of the identifier only the sticky actions of
    versions 0 and ALE's 5 are taken over.
    """
    match = _IDENTIFIER.fullmatch(identifier) if isinstance(identifier, str) else None
    if match is None:
        return None
    sticky = match["version"] == "0" or (match["ale"] and match["version"] == "5")
    implied = {"repeat_action_probability": 0.25} if sticky else {}
    return EnvironmentSpecification("atari", match["game"].replace("_", "").lower(), {**implied, **options})


def stack_of(channels: int, **preprocessing) -> dict[str, Any]:
    """The options of DeepMind's preprocessing with a stack of that many frames, and other changes to it."""
    changes = ({"frame_stack": channels} if channels != 4 else {}) | preprocessing
    return {"preprocessing": changes} if changes else {}
