"""What is attributed: the value, the logit of one action, or the sum of a group's logits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rlvis.errors import OptionError


@dataclass(frozen=True)
class Target:
    """A scalar output of the network, linear in its value and logits.

    Attributes:
        id: "value", "logit:3" or "group:right"; used in file names and links.
        label: how to name it to a person.
        actions: the actions whose logits are summed; empty for the value.
    """

    id: str
    label: str
    actions: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        """ "value", "logit" or "group"."""
        return self.id.split(":")[0]

    def weights(self, num_actions: int) -> np.ndarray:
        """The target as a row over (value, logit 0, …, logit A−1), `(1 + A,)` float32."""
        row = np.zeros(1 + num_actions, np.float32)
        if self.actions:
            row[1 + np.asarray(self.actions)] = 1
        else:
            row[0] = 1
        return row


VALUE = Target("value", "value function")


def policy_targets(action_names: Sequence[str], groups: Mapping[str, Sequence[int]] = {}) -> tuple[Target, ...]:
    """One target per action, then one per group of at least two actions."""
    logits = tuple(Target(f"logit:{index}", f"logit of {name}", (index,)) for index, name in enumerate(action_names))
    sums = tuple(Target(f"group:{name}", f"sum of logits: {name}", tuple(members)) for name, members in groups.items() if len(members) > 1)
    return logits + sums


def find_targets(ids: Sequence[str], available: Sequence[Target]) -> tuple[Target, ...]:
    """The targets with the given ids.

    Raises:
        OptionError: if there is none of such an id; the message lists those there are.
    """
    by_id = {target.id: target for target in available}
    for id in ids:
        if id not in by_id:
            raise OptionError(f"unknown output {id!r}; there are {', '.join(by_id)}")
    return tuple(by_id[id] for id in ids)
