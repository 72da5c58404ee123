"""What a saliency method is: a function from frames to maps, the same shape of answer for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlvis.attribution.targets import Target
from rlvis.errors import OptionError
from rlvis.networks import Network
from rlvis.options import make_options

POLICY = Target("policy", "whole policy")
TARGET_KINDS = ("value", "policy", "logit", "group")

Explain = Callable[[Network, Any, np.ndarray, Any, Sequence[Target], Any], np.ndarray]


@dataclass(frozen=True)
class NoOptions:
    """A method that can be told nothing."""


@dataclass(frozen=True)
class SaliencyMethod:
    """A way to say which parts of a picture matter to an output.

    Attributes:
        name, label: its name in options and links, and for a person.
        explain: `explain(network, parameters, observations, state, targets, options) → maps`: observations
            `(N, H, W, C)` normalised, `state` the memory fed with them, maps `(targets, N, h, w)`.
        options: the dataclass of its options.
        target_kinds: the kinds of targets it can explain: "value", "policy" (all logits together), "logit", "group".
        signed: whether maps can be negative: a bool, or a function of the options.
        source: where it is described.
        most_frames: how many frames it is given at a time at most on a CPU, for a method that looks at one after another anyway
            and gains no more from having many. No limit if `None`.
    """

    name: str
    label: str
    explain: Explain
    options: type = NoOptions
    target_kinds: tuple[str, ...] = TARGET_KINDS
    signed: bool | Callable[[Any], bool] = False
    source: str = ""
    most_frames: int | None = None

    def is_signed(self, options) -> bool:
        """Whether its maps can be negative with these options."""
        return self.signed(options) if callable(self.signed) else self.signed

    def make_options(self, values=None) -> Any:
        """Its options from a mapping; raises `OptionError` for what it does not know."""
        return make_options(self.options, values or {})

    def supported(self, targets: Sequence[Target]) -> tuple[Target, ...]:
        """Those of the targets that it can explain."""
        return tuple(target for target in targets if target.kind in self.target_kinds)

    def maps(self, network: Network, parameters, observations, targets: Sequence[Target], state=None, options=None) -> np.ndarray:
        """Explain a batch of frames.

        Args:
            network, parameters: the network.
            observations: `(N, H, W, C)` float32 in [0, 1].
            targets: what to explain.
            state: the memory fed with the observations.
            options: an instance of `self.options`; defaults if `None`.

        Returns:
            `(targets, N, h, w)` float32.

        Raises:
            OptionError: for a target it cannot explain, or options of another method.
        """
        options = self.options() if options is None else options
        if not isinstance(options, self.options):
            raise OptionError(f"saliency method {self.name} takes {self.options.__name__}, got {type(options).__name__}")
        for target in targets:
            if target.kind not in self.target_kinds:
                raise OptionError(f"saliency method {self.name} cannot explain {target.id}; it can explain: {', '.join(self.target_kinds)}")
        result = np.asarray(self.explain(network, parameters, np.asarray(observations, np.float32), state, tuple(targets), options), np.float32)
        if result.ndim != 4 or result.shape[:2] != (len(targets), len(observations)):
            raise OptionError(f"saliency method {self.name} gave maps of shape {result.shape}; expected (targets, frames, height, width) = ({len(targets)}, {len(observations)}, h, w)")
        return result
