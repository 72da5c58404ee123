"""Feature visualization by optimization: pictures made, by gradient ascent, to excite a feature.

For agents trained on few levels these pictures are legible for the first layer at best (Hilton et al. 2020, "Feature
visualization"); they are for showing beside dataset examples, not instead of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rlvis.errors import NetworkError, OptionError
from rlvis.features.image_parameters import color_axes, initialize_spectrum, picture
from rlvis.features.redirected_relu import with_redirected_relu
from rlvis.networks import Network, list_taps, record
from rlvis.parallel.batches import run_batches

# ReLUs redirect gradients in this part of the steps; once a unit is on it makes no difference.
REDIRECTED_PART = 0.25
FIRST_LAYER_JITTER = 2
LATER_LAYER_JITTER = 8
# Features optimized in one batch: a fixed number, so that a picture does not depend on how many cores there are.
BATCH = 4


@dataclass(frozen=True, eq=False)
class OptimizedPictures:
    """One picture per feature.

    Attributes:
        pictures: `(K, H, W, C)` float32 in [0, 1].
        excitations: how strongly each excites its feature, `v · a / ‖v‖` at the layer's centre, `(K,)` float32.
        initial: the same for the noise that the optimization started from.
    """

    pictures: np.ndarray
    excitations: np.ndarray
    initial: np.ndarray


def optimize_features(
    network: Network,
    parameters,
    tap: str,
    directions,
    key,
    *,
    steps: int = 512,
    learning_rate: float = 0.05,
    jitter: int | None = None,
    observations=None,
    l2_tap: str | None = None,
    l2_coefficient: float = 0.0,
    progress: Callable[[int], None] = lambda amount: None,
) -> OptimizedPictures:
    """Make pictures that excite channel directions at the centre of a layer.

    Adam ascends `v · a(x) / ‖v‖ − l2_coefficient · ‖b(x)‖`, a being the layer's activation at its centre and b all
    activations of the layer `l2_tap`, over Fourier coefficients of the picture x, with x shifted at random in each step.

    Args:
        network, parameters: the network; recurrent ones are given their initial state.
        tap: the layer.
        directions: v, `(K, c)`, such as a layer's `ChannelDirections.components`. A direction of zeros gets noise.
        key: JAX random key.
        steps: of Adam.
        learning_rate: of Adam.
        jitter: the largest shift in pixels; 2 for the network's first layer and 8 for others (less for observations
            under 64 pixels) if `None`.
        observations: `(N, H, W, C)` to take the colours' statistics from; natural ones if `None`.
        l2_tap, l2_coefficient: a penalty on another layer's activations.
        progress: called with the number of feature steps done since the last call; there are K · steps in all.

    Raises:
        NetworkError: if there is no such tap, or its activations have no positions.
        OptionError: if directions do not fit the tap's channels, or a number makes no sense.

    Source: Olah, Mordvintsev & Schubert 2017, "Feature Visualization".
    """
    directions = np.asarray(directions, np.float32)
    taps = {description.name: description for description in list_taps(network, parameters)}
    _check(taps, tap, l2_tap, directions, steps)
    if jitter is None:
        spatial = [name for name, description in taps.items() if len(description.shape) == 3]
        jitter = min(FIRST_LAYER_JITTER if tap == spatial[0] else LATER_LAYER_JITTER, max(1, min(network.observation_shape[:2]) // 8))
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    units = np.divide(directions, lengths, out=np.zeros_like(directions), where=lengths > 0)
    colors = color_axes(observations, network.observation_shape[2])
    ascent = _compile(network, tap, l2_tap, jitter)

    def optimize(start):
        numbers = np.minimum(np.arange(start, start + BATCH), len(units) - 1)
        count = min(BATCH, len(units) - start)
        keys = jax.vmap(lambda number: jax.random.fold_in(key, number))(numbers)
        task = _Task(parameters, units[numbers], keys, colors, np.float32(learning_rate), np.float32(l2_coefficient), round(REDIRECTED_PART * steps))
        results = ascent.run(task, steps, lambda: progress(count))
        return [np.asarray(result)[:count] for result in results]

    batches = list(run_batches(optimize, range(0, len(units), BATCH)))
    return OptimizedPictures(*(np.concatenate(parts) for parts in zip(*batches, strict=True)))


class _Task(NamedTuple):
    """What one batch of features is optimized with."""

    parameters: Any
    units: np.ndarray
    keys: jax.Array
    colors: np.ndarray
    learning_rate: np.float32
    l2_coefficient: np.float32
    redirected_steps: int


class _Ascent:
    """The compiled steps of gradient ascent for one layer."""

    def __init__(self, network, tap, l2_tap, jitter):
        self.network, self.tap, self.l2_tap, self.jitter = network, tap, l2_tap, jitter
        self.height, self.width, self.channels = network.observation_shape
        self.start = jax.jit(self._start)
        self.step = jax.jit(self._step, donate_argnums=(0, 1))
        self.finish = jax.jit(self._finish)

    def run(self, task, steps, advance):
        """`(pictures, excitations, initial excitations)` of a batch of features."""
        spectrum, state = self.start(task)
        _, initial = self.finish(spectrum, task)
        # A loop of compiled steps: XLA runs convolutions inside its own loops very slowly on CPUs.
        for number in range(steps):
            spectrum, state = self.step(spectrum, state, task, number)
            # Waiting now and then keeps the queue short, and progress honest.
            if number % 8 == 7:
                spectrum.block_until_ready()
            advance()
        return *self.finish(spectrum, task), initial

    def _start(self, task):
        height, width = self.height + self.jitter, self.width + self.jitter
        spectrum = jax.vmap(lambda key: initialize_spectrum(key, height, width, self.channels))(task.keys)
        return spectrum, optax.adam(task.learning_rate).init(spectrum)

    def _step(self, spectrum, state, task, number):
        def loss(spectrum):
            whole = picture(spectrum, self.width + self.jitter, task.colors)
            shifts = jax.vmap(lambda key: jax.random.randint(jax.random.fold_in(key, number), (2,), 0, self.jitter + 1))(task.keys)
            return -jnp.sum(self._objective(self._cut(whole, shifts), task, number < task.redirected_steps)[0])

        updates, state = optax.adam(task.learning_rate).update(jax.grad(loss)(spectrum), state)
        return optax.apply_updates(spectrum, updates), state

    def _finish(self, spectrum, task):
        whole = picture(spectrum, self.width + self.jitter, task.colors)
        pictures = self._cut(whole, jnp.full((len(whole), 2), self.jitter // 2))
        return pictures, self._objective(pictures, task, False)[1]

    def _objective(self, pictures, task, redirect):
        """What is ascended, and the excitation by itself, each `(N,)`."""
        names = [name for name in (self.tap, self.l2_tap) if name]
        network = with_redirected_relu(lambda parameters, x: record(self.network, parameters, x, names=names)[1])
        activations = network(redirect, task.parameters, pictures)
        layer = activations[self.tap]
        excitation = jnp.sum(layer[:, layer.shape[1] // 2, layer.shape[2] // 2] * task.units, axis=-1)
        if not self.l2_tap:
            return excitation, excitation
        squares = jnp.sum(activations[self.l2_tap] ** 2, axis=tuple(range(1, activations[self.l2_tap].ndim)))
        return excitation - task.l2_coefficient * jnp.sqrt(squares + 1e-6), excitation

    def _cut(self, whole, shifts):
        size = (self.height, self.width, self.channels)
        return jax.vmap(lambda one, shift: jax.lax.dynamic_slice(one, (shift[0], shift[1], 0), size))(whole, shifts)


_compile = lru_cache(maxsize=16)(_Ascent)


def _check(taps, tap, l2_tap, directions, steps):
    for name in filter(None, (tap, l2_tap)):
        if name not in taps:
            raise NetworkError(f"the network has no tap named {name!r}; it has {', '.join(taps)}")
    shape = taps[tap].shape
    if len(shape) != 3:
        raise NetworkError(f"tap {tap!r} has activations of shape {shape}, which have no positions; choose a layer of pictures")
    if directions.ndim != 2 or directions.shape[1] != shape[2] or not len(directions):
        raise OptionError(f"directions in layer {tap!r} must be (K, {shape[2]}), found {directions.shape}")
    if not np.isfinite(directions).all():
        raise OptionError("directions to optimize for contain NaN or infinity")
    if steps < 1:
        raise OptionError(f"optimization needs at least 1 step, got {steps}")
