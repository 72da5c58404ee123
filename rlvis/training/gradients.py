"""Gradients of PPO's objective, accumulated over micro-batches that keep every device busy.

On a CPU, XLA's convolution gradients use one core and are fastest on batches that fit the cache; so the host is split
into one device per core, a minibatch into micro-batches, and these are dispatched asynchronously to the devices in
turn, each adding to an accumulator that the next one takes over (donated buffers).
"""

from collections.abc import Iterable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.networks import Network
from rlvis.networks.observations import normalize_observations
from rlvis.networks.unroll import unroll
from rlvis.training.losses import Samples, Terms, objective, ppo_terms


class GradientAccumulator:
    """Sums of gradients and loss terms over micro-batches.

    Args:
        network: what is trained.
        value_clipping, value_coefficient, entropy_coefficient: of the objective.
        devices: the devices to use in turn.
    """

    def __init__(self, network: Network, *, value_clipping: bool, value_coefficient: float, entropy_coefficient: float, devices: Sequence):
        self.devices = tuple(devices)

        def loss(parameters, observations, firsts, state, samples, clip):
            if network.recurrent:
                outputs = unroll(network, parameters, normalize_observations(observations), firsts, state)
            else:
                outputs = network(parameters, normalize_observations(observations))
            terms = ppo_terms(outputs.logits, outputs.value, samples, clip, value_clipping)
            return objective(terms, value_coefficient, entropy_coefficient), terms

        @partial(jax.jit, donate_argnums=1)
        def accumulate(parameters, total, observations, firsts, state, samples, clip):
            gradients, terms = jax.grad(loss, has_aux=True)(parameters, observations, firsts, state, samples, clip)
            return jax.tree.map(jnp.add, total, (gradients, terms))

        self._accumulate = accumulate
        self._zeros = jax.jit(lambda parameters: (jax.tree.map(jnp.zeros_like, parameters), Terms(*[jnp.zeros(())] * len(Terms._fields))))

    def __call__(self, parameters, micro_batches: Iterable[tuple[np.ndarray, np.ndarray | None, object, Samples]], clip: float):
        """The summed gradients and terms over `(observations, firsts, state, samples)` micro-batches.

        Returns:
            `(gradients, Terms)` on the first device.
        """
        copies = [jax.device_put(parameters, device) for device in self.devices]
        totals = [self._zeros(copy) for copy in copies]
        clip = np.float32(clip)
        for index, (observations, firsts, state, samples) in enumerate(micro_batches):
            place = index % len(self.devices)
            totals[place] = self._accumulate(copies[place], totals[place], observations, firsts, state, samples, clip)
        gathered = [jax.device_put(total, self.devices[0]) for total in totals]
        return jax.tree.map(lambda *parts: sum(parts[1:], parts[0]), *gathered)
