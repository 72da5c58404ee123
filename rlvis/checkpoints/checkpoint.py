"""A checkpoint in memory: everything needed to let an agent play and to explain it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rlvis.environments.specification import EnvironmentSpecification
from rlvis.networks import Network


@dataclass(frozen=True)
class Checkpoint:
    """A trained agent.

    Attributes:
        network: the network as a pure function.
        parameters: its parameters, `{layer: {"kernel": …, "bias": …}}`, float32.
        environment: what it was trained to play; `None` if neither the file nor the caller says.
        action_names: one name per action.
        gamma, gae_lambda: discount and λ of the advantages it was trained with, or the usual 0.999 and 0.95.
        metadata: plain data from the file: training arguments, returns, licence.
        notes: sentences for the page on what a reader of it has to know.
        format: name of the file's format, a key of `FORMATS`.
        path: the file.
        sha256: the file's hash; `None` for a directory.
    """

    network: Network
    parameters: Mapping[str, Mapping[str, np.ndarray]]
    environment: EnvironmentSpecification | None = None
    action_names: tuple[str, ...] = ()
    gamma: float = 0.999
    gae_lambda: float = 0.95
    metadata: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    format: str = "rlvis"
    path: str | None = None
    sha256: str | None = None
