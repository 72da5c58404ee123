"""Taps: reading and replacing the activations inside a network, and listing where that can be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp

from rlvis.errors import NetworkError
from rlvis.networks.network import Network, Outputs, Tap

# Taps of this kind are for computing with, not for showing.
HIDDEN = "preactivation"


class RecordTap(Tap):
    """Keeps every value that passes, by name, with its kind."""

    def __init__(self):
        self.values: dict[str, jax.Array] = {}
        self.kinds: dict[str, str] = {}

    def __call__(self, name, value, kind="other"):
        if name in self.values:
            raise NetworkError(f"the network has two taps named {name!r}; give each tap a name of its own")
        self.values[name] = value
        self.kinds[name] = kind
        return value


class ReplaceTap(Tap):
    """Puts given activations in place of the network's own."""

    def __init__(self, activations: Mapping[str, jax.Array]):
        self.activations = activations

    def __call__(self, name, value, kind="other"):
        if name not in self.activations:
            return value
        replacement = self.activations[name]
        if replacement.shape != value.shape:
            raise NetworkError(f"tap {name!r} has activations of shape {value.shape}; the replacement has {replacement.shape}")
        return replacement


class PrefixTap(Tap):
    """Passes everything on to another tap under longer names."""

    def __init__(self, prefix: str, tap: Tap):
        self.prefix, self.tap = prefix, tap

    def __call__(self, name, value, kind="other"):
        return self.tap(self.prefix + name, value, kind)


def with_prefixed_taps(network: Network, prefix: str) -> Network:
    """The same network with `prefix` before the name of every tap, so that two networks' layers can be told apart."""
    def forward(parameters, observations, state, tap):
        return network.forward(parameters, observations, state, PrefixTap(prefix, tap))

    return replace(network, forward=forward)


@dataclass(frozen=True)
class TapDescription:
    """One tap of a network: its name, the kind of operation it follows, and the shape of one example's activations."""

    name: str
    kind: str
    shape: tuple[int, ...]


def record(network: Network, parameters, observations, state=None, names: Sequence[str] | None = None):
    """The outputs for a batch together with the activations at taps.

    Args:
        network: the network.
        parameters: its parameters.
        observations: `(N, H, W, C)`, float32 in [0, 1].
        state: the memory fed with the observations.
        names: the taps to keep, all of them if `None`.

    Returns:
        `(outputs, activations)`: `Outputs` and a dictionary of `(N, h, w, c)` arrays.
    """
    if state is None and network.recurrent:
        state = network.initial_state(observations.shape[0])
    tap = RecordTap()
    outputs: Outputs = network.forward(parameters, observations, state, tap)
    if names is None:
        return outputs, {name: value for name, value in tap.values.items() if tap.kinds[name] != HIDDEN}
    return outputs, {name: _existing(tap, name) for name in names}


def list_taps(network: Network, parameters) -> tuple[TapDescription, ...]:
    """Every tap of a network in the order in which it computes them; nothing is run."""
    kinds = {}

    def trace(parameters, observations, state):
        tap = RecordTap()
        network.forward(parameters, observations, state, tap)
        kinds.update(tap.kinds)
        return tap.values

    observations = jax.ShapeDtypeStruct((1, *network.observation_shape), jnp.float32)
    state = jax.eval_shape(lambda: network.initial_state(1)) if network.recurrent else None
    shapes = jax.eval_shape(trace, parameters, observations, state)
    return tuple(TapDescription(name, kinds[name], shapes[name].shape[1:]) for name in kinds if kinds[name] != HIDDEN)


def _existing(tap, name):
    if name not in tap.values:
        raise NetworkError(f"the network has no tap named {name!r}; it has {', '.join(each for each, kind in tap.kinds.items() if kind != HIDDEN)}")
    return tap.values[name]
