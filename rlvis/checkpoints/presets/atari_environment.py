"""An Atari game's description from the names that training programs give it."""

import re
from collections.abc import Mapping
from typing import Any

from rlvis.environments.specification import EnvironmentSpecification

_SUFFIX = re.compile(r"(NoFrameskip|Deterministic)?-v\d+$")
_GAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,40}")


def atari_environment(identifier, options: Mapping[str, Any]) -> EnvironmentSpecification | None:
    """The environment of a name such as "BreakoutNoFrameskip-v4", "ALE/Breakout-v5" or "breakout"; `None` if it is none."""
    if not isinstance(identifier, str):
        return None
    game = _SUFFIX.sub("", identifier.removeprefix("ALE/"))
    if not _GAME.fullmatch(game):
        return None
    return EnvironmentSpecification("atari", game.replace("_", "").lower(), options)
