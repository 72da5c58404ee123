"""Pictures parametrized so that gradient ascent makes legible ones: decorrelated in space and in colour.

Source: Olah, Mordvintsev & Schubert 2017, "Feature Visualization", section "Preconditioning and Parameterization".
"""

import jax
import jax.numpy as jnp
import numpy as np

from rlvis.stored_frames import Frames, blocks

INITIAL_DEVIATION = 0.01
# Lightness varies most in pictures, then blue against yellow, then green against magenta.
NATURAL_COLORS = np.array([[0.55, 0.2, -0.06], [0.55, 0.0, 0.12], [0.55, -0.2, -0.06]], np.float32)
MAX_PIXELS = 2**17


def initialize_spectrum(key, height: int, width: int, channels: int):
    """Small random Fourier coefficients of a picture, `(height, width // 2 + 1, channels, 2)` float32."""
    return INITIAL_DEVIATION * jax.random.normal(key, (height, width // 2 + 1, channels, 2))


def picture(spectrum, width: int, colors):
    """A picture in [0, 1] from its scaled Fourier coefficients: `sigmoid(F⁻¹(spectrum / f) · colorsᵀ)`.

    Scaling by 1/f makes all scales of a natural picture equally easy to change.

    Args:
        spectrum: `(N, H, W // 2 + 1, C, 2)`, real and imaginary parts.
        width: W.
        colors: `(C, C)`, one column per decorrelated colour, from `color_axes`.

    Returns:
        `(N, H, W, C)` float32.
    """
    height = spectrum.shape[1]
    coefficients = jax.lax.complex(spectrum[..., 0], spectrum[..., 1]) * _scale(height, width)[:, :, None]
    decorrelated = jnp.fft.irfft2(coefficients, (height, width), axes=(1, 2))
    return jax.nn.sigmoid(decorrelated @ colors.T)


def color_axes(observations=None, channels: int = 3) -> np.ndarray:
    """The directions in which pixels vary, as columns with lengths in proportion, the longest 1; `(C, C)` float32.

    Args:
        observations: pictures to take them from, `(N, H, W, C)`; for stacks of frames, C includes the frames. If
            `None`: natural colours for three channels, the channels themselves otherwise.
        channels: C, where there are no observations.
    """
    if observations is None:
        axes = NATURAL_COLORS if channels == 3 else np.eye(channels)
    else:
        pixels = sample_pixels(np.asarray(observations)).astype(np.float64)
        variances, vectors = np.linalg.eigh(np.atleast_2d(np.cov(pixels.T)))
        axes = vectors * np.sqrt(np.maximum(variances, 0))
    lengths = np.linalg.norm(axes, axis=0)
    if lengths.max() == 0:
        return np.eye(len(axes), dtype=np.float32)
    return (axes / lengths.max()).astype(np.float32)


def sample_pixels(observations: Frames) -> np.ndarray:
    """Evenly spread pixels, at most `MAX_PIXELS`, of observations `(N, H, W, C)`: `(n, C)`; a few observations are read at a time."""
    step = -(-int(np.prod(observations.shape[:-1])) // MAX_PIXELS)
    found, first = [], 0
    for block in blocks(observations):
        pixels = block.reshape(-1, block.shape[-1])
        found.append(pixels[-first % step :: step])
        first += len(pixels)
    return np.concatenate(found)


def _scale(height, width):
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    return (np.sqrt(height * width) / 4 / np.maximum(frequency, 1 / max(height, width))).astype(np.float32)
