"""Gradients of PPO's objective, accumulated over micro-batches that keep every device busy.

On a CPU, XLA's convolution gradients use one core and are fastest on batches that fit the cache; so the host is split
into one device per core, a minibatch into micro-batches, and these are dispatched asynchronously to the devices in
turn, each adding to an accumulator that the next one takes over (donated buffers).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.networks import Network
from rlvis.networks.observations import normalize_observations
from rlvis.networks.unroll import unroll
from rlvis.training.losses import Samples, Terms, objective, ppo_terms
from rlvis.training.teacher import Teacher


@lru_cache(maxsize=8)
def make_accumulate(network: Network, value_clipping: bool, value_coefficient: float, entropy_coefficient: float, teacher: Network | None = None):
    """Two jitted functions: one gives the `(gradients, Terms)` of nothing, the other adds those of a micro-batch.

    `accumulate(parameters, total, lessons, observations, firsts, state, samples, clip, teacher_coefficient) -> total`,
    where `lessons` are the teacher's parameters.
    """

    def loss(parameters, lessons, observations, firsts, state, samples, clip, teacher_coefficient):
        pictures = normalize_observations(observations)
        outputs = unroll(network, parameters, pictures, firsts, state) if network.recurrent else network(parameters, pictures)
        taught = teacher and teacher(lessons, pictures)[:2]
        terms = ppo_terms(outputs.logits, outputs.value, samples, clip, value_clipping, taught)
        return objective(terms, value_coefficient, entropy_coefficient, teacher_coefficient), terms

    @partial(jax.jit, donate_argnums=1)
    def accumulate(parameters, total, *rest):
        gradients, terms = jax.grad(loss, has_aux=True)(parameters, *rest)
        return jax.tree.map(jnp.add, total, (gradients, terms))

    zeros = jax.jit(lambda parameters: (jax.tree.map(jnp.zeros_like, parameters), Terms(*[jnp.zeros(())] * len(Terms._fields))))
    return zeros, accumulate


class GradientAccumulator:
    """Sums of gradients and loss terms over micro-batches.

    Args:
        network: what is trained.
        value_clipping, value_coefficient, entropy_coefficient: of the objective.
        devices: the devices to use in turn.
        teacher: an agent to imitate, or `None`.
    """

    def __init__(self, network: Network, *, value_clipping: bool, value_coefficient: float, entropy_coefficient: float, devices: Sequence, teacher: Teacher | None = None):
        self.devices = tuple(devices)
        self._lessons = [teacher and jax.device_put(teacher.parameters, device) for device in self.devices]
        self._zeros, self._accumulate = make_accumulate(network, value_clipping, value_coefficient, entropy_coefficient, teacher and teacher.network)

    def __call__(self, parameters, micro_batches: Iterable[tuple[np.ndarray, np.ndarray | None, object, Samples]], clip: float, teacher_coefficient: float = 0.0):
        """The summed gradients and terms over `(observations, firsts, state, samples)` micro-batches.

        Args:
            parameters: the network's.
            micro_batches: all of the same size.
            clip: ε.
            teacher_coefficient: weight of imitating the teacher.

        Returns:
            `(gradients, Terms)` on the first device.
        """
        copies = [jax.device_put(parameters, device) for device in self.devices]
        # Committed like all that follows: otherwise the first addition is a program of its own.
        totals = [jax.device_put(self._zeros(copy), device) for copy, device in zip(copies, self.devices, strict=True)]
        scalars = np.float32(clip), np.float32(teacher_coefficient)
        for index, micro_batch in enumerate(micro_batches):
            place = index % len(self.devices)
            totals[place] = self._accumulate(copies[place], totals[place], self._lessons[place], *micro_batch, *scalars)
        gathered = [jax.device_put(total, self.devices[0]) for total in totals]
        return jax.tree.map(lambda *parts: sum(parts[1:], parts[0]), *gathered)
