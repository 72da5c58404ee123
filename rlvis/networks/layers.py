"""The layers that networks are made of: pure functions on batches, NHWC."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.networks.convolution import convolve


def elu(x):
    """`x` where it is positive, else `exp(x) − 1`."""
    # On a CPU expm1 takes three times as long as exp, for an error of at most 6e-8.
    return jnp.where(x > 0, x, jnp.exp(jnp.where(x > 0, 0, x)) - 1)


ACTIVATIONS = {
    "relu": jax.nn.relu,
    "elu": elu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "leaky_relu": jax.nn.leaky_relu,
    "gelu": partial(jax.nn.gelu, approximate=False),
    "gelu_tanh": jax.nn.gelu,
    "silu": jax.nn.silu,
    "mish": jax.nn.mish,
    "selu": jax.nn.selu,
    "linear": lambda x: x,
    # Each position's features divided by their length, at least 1e-6.
    "unit_length": lambda x: x * jax.lax.rsqrt(jnp.maximum((x * x).sum(-1, keepdims=True), 1e-12)),
}


def convolution(parameters, x, stride=(1, 1), padding="SAME"):
    """Convolve `x` `(N, H, W, C)` with `parameters["kernel"]` `(kh, kw, C, D)` and add `parameters["bias"]` `(D,)` if there is one.

    Padding is "SAME" or "VALID" with TensorFlow's meaning, or `((top, bottom), (left, right))`.
    """
    y = convolve(x, parameters["kernel"], stride, padding)
    return y + parameters["bias"] if "bias" in parameters else y


def dense(parameters, x):
    """`x @ kernel + bias` for `x` `(N, D)`, kernel `(D, E)`, bias `(E,)`."""
    y = x @ parameters["kernel"]
    return y + parameters["bias"] if "bias" in parameters else y


def average_pool(x, window=(2, 2), stride=(2, 2), padding="VALID"):
    """The mean of each window, padding left out of the count."""
    if tuple(window) == tuple(stride) and not any(length % size for length, size in zip(x.shape[1:3], window, strict=True)) and (isinstance(padding, str) or not np.any(padding)):
        # Windows that tile the picture: XLA compiles and differentiates this in half the time.
        batch, height, width, channels = x.shape
        return x.reshape(batch, height // window[0], window[0], width // window[1], window[1], channels).mean((2, 4))
    pads = _with_batch(padding)
    total = jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, *window, 1), (1, *stride, 1), pads)
    ones = jnp.ones((1, *x.shape[1:3], 1), x.dtype)
    return total / jax.lax.reduce_window(ones, 0.0, jax.lax.add, (1, *window, 1), (1, *stride, 1), pads)


def l2_pool(x, window=(2, 2), stride=(2, 2), padding="SAME"):
    """`sqrt(average_pool(x²) + 1e-8)`: a smooth relative of max-pooling (Hilton et al. 2020, appendix on architecture)."""
    return jnp.sqrt(average_pool(x * x, window, stride, padding) + 1e-8)


def batch_normalization(parameters, x, epsilon=1e-3):
    """Normalise the channels with recorded statistics: `(x − mean) / sqrt(variance + ε) · scale + offset`."""
    inverse = parameters["scale"] * jax.lax.rsqrt(parameters["variance"] + epsilon)
    return (x - parameters["mean"]) * inverse + parameters["offset"]


def layer_normalization(parameters, x, axes, epsilon=1e-5):
    """Normalise each example by mean and variance over some of its axes: `(x − mean) / sqrt(variance + ε) · scale + offset` (Ba et al. 2016)."""
    centred = x - x.mean(axes, keepdims=True)
    return centred * jax.lax.rsqrt((centred * centred).mean(axes, keepdims=True) + epsilon) * parameters["scale"] + parameters["offset"]


def _with_batch(padding):
    return padding if isinstance(padding, str) else ((0, 0), *padding, (0, 0))
