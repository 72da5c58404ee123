"""Convolution of batches, NHWC, in the forms that XLA is fast at on a CPU; on other devices XLA's own."""

from functools import partial

import jax
import jax.numpy as jnp

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
    if padding == "VALID" and max(stride) > 1 and all(size % step == 0 for size, step in zip(kernel.shape[:2], stride, strict=True)):
        x, kernel, stride = _space_to_depth(x, kernel, stride)
    if isinstance(padding, str):
        padding = jax.lax.padtype_to_pads(x.shape[1:3], kernel.shape[:2], stride, padding)
    padding = tuple((int(before), int(after)) for before, after in padding)
    if jax.default_backend() == "cpu" and min(kernel.shape[2:]) < COLUMNS and min(x.shape) > 0:
        return _side_by_side(x, kernel, tuple(stride), padding)
    return _plain(x, kernel, stride, padding)


def _plain(x, kernel, stride, padding):
    return jax.lax.conv_general_dilated(x, kernel, stride, padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def _space_to_depth(x, kernel, stride):
    """A strided convolution as an unstrided one on blocks of pixels: the same sums, several times faster on a CPU."""
    (kh, kw, channels, features), (sh, sw) = kernel.shape, stride
    rows, columns = ((size - window) // step * step + window for size, window, step in zip(x.shape[1:3], (kh, kw), stride, strict=True))
    blocks = x[:, :rows, :columns].reshape(-1, rows // sh, sh, columns // sw, sw, channels).transpose(0, 1, 3, 2, 4, 5)
    weights = kernel.reshape(kh // sh, sh, kw // sw, sw, channels, features).transpose(0, 2, 1, 3, 4, 5)
    depth = sh * sw * channels
    return blocks.reshape(*blocks.shape[:3], depth), weights.reshape(kh // sh, kw // sw, depth, features), (1, 1)


@partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _side_by_side(x, kernel, stride, padding):
    channels = kernel.shape[2]
    # What was measured: many channels make up for few features, and XLA handles odd numbers of channels badly.
    enough = 16 if channels % COLUMNS == 0 else 2 * COLUMNS if channels % 2 and channels > 1 else COLUMNS
    return _grouped(x, kernel, stride, padding, enough)


def _forward(x, kernel, stride, padding):
    return _side_by_side(x, kernel, stride, padding), (x, kernel)


def _backward(stride, padding, residuals, change):
    x, kernel = residuals
    if stride == (1, 1):
        # The gradient of the input is itself a convolution, with the kernel turned around.
        turned = jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
        pads = tuple((size - 1 - before, size - 1 - after) for size, (before, after) in zip(kernel.shape[:2], padding, strict=True))
        of_input = convolve(change, turned, stride, pads)
    else:
        (of_input,) = jax.linear_transpose(lambda x: _plain(x, kernel, stride, padding), x)(change)
    (of_kernel,) = jax.linear_transpose(lambda kernel: _grouped(x, kernel, stride, padding, COLUMNS), kernel)(change)
    return of_input, of_kernel


_side_by_side.defvjp(_forward, _backward)


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
