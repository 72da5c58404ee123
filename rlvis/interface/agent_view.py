"""The agents of a page: networks, the files they come from, and a second one beside the one that played."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class CheckpointView:
    """The checkpoint's `file` name, `sha256` and `format`."""

    file: str
    sha256: str
    format: str


@dataclass(frozen=True)
class NetworkView:
    """The network.

    Attributes:
        name: of the architecture.
        kind: "actor-critic" or "q".
        parameters: how many numbers it has learned.
        recurrent: whether it has a memory.
    """

    name: str
    kind: str
    parameters: int
    recurrent: bool = False


@dataclass(frozen=True)
class BesideView:
    """A second agent that was shown the first one's frames.

    Attributes:
        name: what the page calls it, in a few letters.
        prefix: what the names of its layers and methods begin with.
        checkpoint: its file.
        network: its network.
        layers: ids of those layers that are its own.
        layer: the one of them that is shown at first.
        methods: names of those methods that work on pixels and are its own maps.
    """

    name: str
    prefix: str
    checkpoint: CheckpointView | None
    network: NetworkView
    layers: Sequence[str]
    layer: str
    methods: Sequence[str] = ()

    def owns(self, map) -> bool:
        """Whether a map, anything with a layer and a method, is the second agent's."""
        return map.layer in self.layers or map.method in self.methods
