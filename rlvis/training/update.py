"""One iteration's learning: epochs of minibatches, each a step of Adam."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rlvis.networks import Network
from rlvis.training.gradients import GradientAccumulator
from rlvis.training.losses import Terms
from rlvis.training.minibatches import Batch
from rlvis.training.options import TrainingOptions
from rlvis.training.teacher import load_teacher, teacher_weight


@lru_cache(maxsize=8)
def make_optimizer(max_gradient_norm: float, adam_epsilon: float):
    """Adam on gradients of limited global norm, and a jitted step of it.

    Returns:
        The optimizer, and `step(parameters, optimizer_state, gradients, count, learning_rate)`, which takes gradients
        summed over `count` steps and gives `(parameters, optimizer_state, norm of the mean gradient)`.
    """
    limit = [optax.clip_by_global_norm(max_gradient_norm)] if max_gradient_norm > 0 else []
    optimizer = optax.chain(*limit, optax.scale_by_adam(eps=adam_epsilon))

    @jax.jit
    def step(parameters, optimizer_state, gradients, count, learning_rate):
        gradients = jax.tree.map(lambda g: g / count, gradients)
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(g)) for g in jax.tree.leaves(gradients)))
        updates, optimizer_state = optimizer.update(gradients, optimizer_state)
        return jax.tree.map(lambda p, u: p - learning_rate * u, parameters, updates), optimizer_state, norm

    return optimizer, step


class Learner:
    """Parameters, optimizer state, and how they change with a batch.

    Args:
        network: what is trained.
        options: how.
        communicator: the processes that train together (`rlvis.parallel.communicator`).
        devices: this process's devices.
        parameters: to start from; fresh ones if `None`.
    """

    def __init__(self, network: Network, options: TrainingOptions, communicator, devices=None, parameters: Mapping[str, Any] | None = None):
        self.options, self.communicator = options, communicator
        self.devices = tuple(devices or jax.local_devices())
        if parameters is None:
            parameters = jax.jit(network.initialize)(jax.random.key(options.seed))
        self.parameters = jax.device_put(parameters, self.devices[0])
        optimizer, self._step = make_optimizer(options.max_gradient_norm, options.adam_epsilon)
        self.optimizer_state = jax.device_put(jax.jit(optimizer.init)(self.parameters), self.devices[0])
        terms = {"value_clipping": options.value_clipping, "value_coefficient": options.value_coefficient, "entropy_coefficient": options.entropy_coefficient}
        self._gradients = GradientAccumulator(network, **terms, devices=self.devices)
        teacher = load_teacher(options.teacher, network)
        self._taught_gradients = teacher and GradientAccumulator(network, **terms, devices=self.devices, teacher=teacher)
        self._micro_batch = options.micro_batch or default_micro_batch(network, self.devices[0].platform)

    def learn(self, batch: Batch, iteration: int) -> dict[str, float]:
        """Learn from a batch; returns the loss terms' means over all of its minibatches, and the gradient norm's."""
        options = self.options
        learning_rate, clip = scheduled(options, iteration)
        teaching = teacher_weight(options, iteration * options.batch_steps)
        if options.advantage_normalization == "batch":
            batch.normalize(*self._moments(np.concatenate([a.ravel() for a in batch.advantages])))
        sums, norms, steps = np.zeros(len(Terms._fields)), [], 0.0
        for epoch in range(options.epochs):
            for indices in batch.minibatch_indices(options.minibatches, (options.seed, iteration, epoch)):
                terms, count, norm = self._minibatch(batch, indices, learning_rate, clip, teaching)
                sums, steps = sums + terms, steps + count
                norms.append(norm)
        means = dict(zip(Terms._fields, (float(x) for x in sums / steps), strict=True))
        return {**means, "gradient_norm": float(np.mean(norms)), "learning_rate": learning_rate, "clip": clip, "teacher_weight": teaching}

    def _minibatch(self, batch, indices, learning_rate, clip, teaching):
        advantages = batch.minibatch_advantages(indices)
        mean, deviation = self._moments(advantages) if self.options.advantage_normalization == "minibatch" else (0.0, 1.0)
        micro_batches = batch.micro_batches(indices, self._micro_batch, mean, deviation + (1e-8 if deviation != 1 else 0))
        accumulate = self._taught_gradients if teaching else self._gradients
        gradients, terms = accumulate(self.parameters, micro_batches, clip, teaching)
        count = len(advantages)
        if self.communicator.size > 1:
            (gradients, terms), count = self._sum_over_ranks((gradients, terms)), self.communicator.allreduce(count)
        self.parameters, self.optimizer_state, norm = self._step(self.parameters, self.optimizer_state, gradients, np.float32(count), np.float32(learning_rate))
        return np.array([float(term) for term in terms]), count, float(norm)

    def _sum_over_ranks(self, tree):
        leaves, structure = jax.tree.flatten(tree)
        flat = self.communicator.allreduce(np.concatenate([np.asarray(leaf).ravel() for leaf in leaves]))
        ends = np.cumsum([leaf.size for leaf in leaves])[:-1]
        parts = [part.reshape(leaf.shape) for part, leaf in zip(np.split(flat, ends), leaves, strict=True)]
        return jax.device_put(jax.tree.unflatten(structure, parts), self.devices[0])

    def _moments(self, advantages):
        """Mean and population standard deviation of the advantages on all ranks, `(A,)` on this one."""
        values = advantages.astype(np.float64)
        total = np.array([len(values), values.sum(), np.square(values).sum()])
        count, first, second = self.communicator.allreduce(total) if self.communicator.size > 1 else total
        mean = first / count
        return float(mean), float(np.sqrt(max(second / count - mean**2, 0.0)))


def scheduled(options: TrainingOptions, iteration: int) -> tuple[float, float]:
    """Learning rate and clip range of an iteration, counted from 0: constant, or `x · (1 − iteration / iterations)`."""
    left = 1 - iteration / options.iterations
    rate = options.learning_rate * (left if options.learning_rate_schedule == "linear" else 1)
    return rate, options.clip * (left if options.clip_schedule == "linear" else 1)


def default_micro_batch(network: Network, platform: str) -> int:
    """Observations (environments, if recurrent) per gradient computation: what fits a core's cache on a CPU."""
    if network.recurrent:
        return 1 if platform == "cpu" else 64
    if platform != "cpu":
        return 4096
    return 8 if network.name == "impala" else 32
