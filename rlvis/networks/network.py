"""A network: a pure function from parameters and observations to outputs, with named taps inside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import numpy as np

# XLA multiplies float32 numbers on an NVIDIA GPU with three digits (TF32) unless told otherwise, and differences of outputs, which
# saliency is made of, are lost in that. What the user told JAX stands.
if jax.config.jax_default_matmul_precision is None:
    jax.config.update("jax_default_matmul_precision", "float32")

Parameters = Mapping[str, Mapping[str, jax.Array]]
State = Any


class Outputs(NamedTuple):
    """What a network says about a batch of N observations.

    Attributes:
        logits: unnormalised log-probabilities of the actions, `(N, A)`; action values for a Q-network.
        value: the critic's estimate of the return, `(N,)`.
        state: the memory after this step (a pytree with leading axis N), `None` for feed-forward networks.
        attention: the network's own attention over positions, `(N, h, w)`, `None` where it has none.
    """

    logits: jax.Array
    value: jax.Array
    state: State = None
    attention: jax.Array | None = None


class Tap:
    """Passes every attributable point of a network through unchanged.

    A network calls `x = tap("2b", x, kind="relu")` at each of them. Subclasses record the value, or put another in
    its place (`rlvis.networks.taps`). The kind "preactivation" is for what a convolution or dense layer gives before
    anything else happens to it: such taps make attribution cheaper, and are not listed.
    """

    def __call__(self, name: str, value: jax.Array, kind: str = "other") -> jax.Array:
        return value


@dataclass(frozen=True)
class Network:
    """A network as a pure function, and what has to be known to call it.

    Attributes:
        forward: `forward(parameters, observations, state, tap) -> Outputs`; observations are `(N, H, W, C)` float32
            in [0, 1], `state` is the memory fed with them (`None` for feed-forward networks).
        observation_shape: `(H, W, C)`.
        num_actions: A, the length of `logits`.
        initialize: `initialize(key) -> parameters`, fresh parameters to train from; `None` if it cannot be trained.
        initial_state: `initial_state(N) -> state`, the memory at the start of an episode; `None` if feed-forward.
        kind: "actor-critic", or "q" where logits are action values and the value is their maximum.
        name: what to call it, such as "clear".
        description: plain data from which `rlvis.networks.build` makes the same network again; `None` for a network
            that exists only as Python code.
    """

    forward: Callable[[Parameters, jax.Array, State, Tap], Outputs]
    observation_shape: tuple[int, int, int]
    num_actions: int
    initialize: Callable[[jax.Array], Parameters] | None = None
    initial_state: Callable[[int], State] | None = None
    kind: str = "actor-critic"
    name: str = "custom"
    description: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def recurrent(self) -> bool:
        """Whether the network carries memory from step to step."""
        return self.initial_state is not None

    def __call__(self, parameters, observations, state=None, replace=None) -> Outputs:
        """The outputs for a batch, with some taps' activations replaced.

        Args:
            parameters: the network's parameters.
            observations: `(N, H, W, C)`, float32 in [0, 1].
            state: the memory fed with the observations; the initial one if `None` and the network is recurrent.
            replace: activations by tap name, each `(N, h, w, c)`, used in place of the network's own.
        """
        from rlvis.networks.taps import ReplaceTap

        if state is None and self.recurrent:
            state = self.initial_state(observations.shape[0])
        return self.forward(parameters, observations, state, ReplaceTap(replace) if replace else Tap())


def network_inputs(network: Network, batch_size: int):
    """What a network takes, without the numbers: `jax.ShapeDtypeStruct`s of normalised observations and of the memory fed with them."""
    observations = jax.ShapeDtypeStruct((batch_size, *network.observation_shape), np.float32)
    return observations, jax.eval_shape(lambda: network.initial_state(batch_size)) if network.recurrent else None
