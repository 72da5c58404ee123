"""Convolution of batches, NHWC, in the forms that XLA is fast at on a CPU; on other devices XLA's own."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

# XLA convolves on a CPU by matrix products whose columns are the output channels. With fewer columns than this it is up to four times slower.
COLUMNS = 32


def convolve(x, kernel, stride=(1, 1), padding="SAME"):
    """`y[n, i, j, d] = Σ_{u,v,c} x[n, i s + u − p, j t + v − q, c] kernel[u, v, c, d]`, zeros outside the pictures.

    Args:
        x: `(N, H, W, C)`.
        kernel: `(kh, kw, C, D)`.
        stride: `(s, t)`.
        padding: "SAME" or "VALID" with TensorFlow's meaning, or `((top, bottom), (left, right))`; p is top, q left.

    Returns:
        `(N, H', W', D)`.
    """
    if isinstance(padding, str):
        padding = jax.lax.padtype_to_pads(x.shape[1:3], kernel.shape[:2], stride, padding)
    padding = tuple((int(before), int(after)) for before, after in padding)
    if jax.default_backend() == "cpu" and min(x.shape) > 0:
        return _on_cpu(x, kernel, tuple(stride), padding)
    return _plain(x, kernel, stride, padding)


def _plain(x, kernel, stride, padding):
    return jax.lax.conv_general_dilated(x, kernel, stride, padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


@partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _on_cpu(x, kernel, stride, padding):
    if stride[1] > 1 and kernel.shape[1] % stride[1] == 0:
        x, kernel, stride, padding = _without_stride(x, kernel, stride, padding)
    channels = kernel.shape[2]
    # What was measured: many channels make up for few features, and XLA handles odd numbers of channels badly.
    enough = 16 if channels % COLUMNS == 0 else 2 * COLUMNS if channels % 2 and channels > 1 else COLUMNS
    return _grouped(x, kernel, stride, padding, enough)


def _forward(x, kernel, stride, padding):
    return _on_cpu(x, kernel, stride, padding), (x, kernel)


def _backward(stride, padding, residuals, change):
    x, kernel = residuals
    (of_kernel,) = jax.linear_transpose(lambda kernel: _grouped(x, kernel, stride, padding, COLUMNS), kernel)(change)
    return _gradient_of_input(x.shape, kernel, stride, padding, change), of_kernel


_on_cpu.defvjp(_forward, _backward)


def _gradient_of_input(shape, kernel, stride, padding, change):
    size = np.array(change.shape[1:3])
    if stride == (1, 1) and np.prod(shape[1:3]) < 1.2 * np.prod(size):
        # It is itself a convolution, with the kernel turned around.
        turned = jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
        pads = tuple((length - 1 - before, length - 1 - after) for length, (before, after) in zip(kernel.shape[:2], padding, strict=True))
        return _on_cpu(change, turned, stride, pads)
    # That convolution would mostly multiply zeros: one matrix product for the contributions, which are then added where they belong.
    kh, kw, channels, features = kernel.shape
    contributions = (change @ kernel.reshape(-1, features).T).reshape(*change.shape[:3], kh, kw, channels)
    reach = (size - 1) * stride + 1
    total = 0
    for row, column in np.ndindex(kh, kw):
        pads = [(place - before, length + before - place - covered, step - 1) for place, length, covered, step, (before, _) in zip((row, column), shape[1:3], reach, stride, padding, strict=True)]
        total += jax.lax.pad(contributions[:, :, :, row, column], np.zeros((), contributions.dtype), [(0, 0, 0), *((int(low), int(high), step) for low, high, step in pads), (0, 0, 0)])
    return total


def _without_stride(x, kernel, stride, padding):
    """The same convolution with blocks of `stride` neighbouring pixels of a row as channels, and no stride along rows; nothing moves in memory."""
    (kh, kw, channels, features), step = kernel.shape, stride[1]
    x = jax.lax.pad(x, np.zeros((), x.dtype), [(0, 0, 0), (0, 0, 0), (*padding[1], 0), (0, 0, 0)])
    blocks = x.shape[2] // step
    x = x[:, :, : blocks * step].reshape(*x.shape[:2], blocks, step * channels)
    return x, kernel.reshape(kh, kw // step, step * channels, features), (stride[0], 1), (padding[0], (0, 0))


def _grouped(x, kernel, stride, padding, columns):
    """Neighbours in a row of the output are computed as channels of one pixel, so many that there are about `columns` of them.

    Their kernels lie side by side, shifted by the stride and filled up with zeros; the result has the same order in memory.
    """
    kh, kw, channels, features = kernel.shape
    width = (x.shape[2] + sum(padding[1]) - kw) // stride[1] + 1
    group = max(count for count in range(1, max(1, columns // features) + 1) if width % count == 0)
    if group == 1:
        return _plain(x, kernel, stride, padding)
    reach = (group - 1) * stride[1]
    shifted = [jnp.pad(kernel, ((0, 0), (shift, reach - shift), (0, 0), (0, 0))) for shift in range(0, reach + 1, stride[1])]
    kernels = jnp.stack(shifted, 3).reshape(kh, kw + reach, channels, group * features)
    y = _plain(x, kernels, (stride[0], group * stride[1]), padding)
    return y.reshape(*y.shape[:2], width, features)
