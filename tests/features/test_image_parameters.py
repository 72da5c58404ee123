import jax
import numpy as np
import pytest

from rlvis import stored_frames
from rlvis.features import image_parameters
from rlvis.features.image_parameters import NATURAL_COLORS, color_axes, initialize_spectrum, picture, sample_pixels


@pytest.mark.parametrize(("height", "width"), [(8, 8), (9, 7), (10, 13)])
def test_picture_is_the_inverse_transform_of_the_scaled_spectrum(height, width):
    spectrum = np.asarray(initialize_spectrum(jax.random.key(0), height, width, 2)) * 30
    colors = np.array([[1, 0.5], [0.2, -0.7]], np.float32)
    vertical, horizontal = np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij")
    frequency = np.maximum(np.sqrt(vertical**2 + horizontal**2), 1 / max(height, width))
    scaled = (spectrum[..., 0] + 1j * spectrum[..., 1]) * np.sqrt(height * width)[None, None, None] / 4 / frequency[..., None]
    values = np.fft.irfft2(scaled, (height, width), axes=(0, 1))
    values = np.einsum("hwd,cd->hwc", values, colors)
    np.testing.assert_allclose(picture(spectrum[None], width, colors)[0], 1 / (1 + np.exp(-values)), atol=1e-5)


def test_starting_pictures_are_nearly_grey():
    pictures = picture(initialize_spectrum(jax.random.key(0), 64, 64, 3)[None], 64, color_axes())
    assert 0.4 < pictures.min() < pictures.max() < 0.6


def test_colors_are_the_observations_principal_axes():
    pixels = np.random.default_rng(0).standard_normal((2, 50, 40, 3)) @ np.diag([3, 1, 0.1]) @ np.linalg.qr(np.random.default_rng(1).random((3, 3)))[0]
    axes = color_axes(pixels).astype(np.float64)
    covariance = np.cov(pixels.reshape(-1, 3).T)
    product = axes @ axes.T
    np.testing.assert_allclose(product / np.trace(product), covariance / np.trace(covariance), atol=1e-5)
    assert np.linalg.norm(axes, axis=0).max() == pytest.approx(1)


@pytest.mark.parametrize("channels", [1, 4])
def test_other_numbers_of_channels(channels):
    np.testing.assert_array_equal(color_axes(None, channels), np.eye(channels))
    observations = np.random.default_rng(0).integers(0, 256, (3, 8, 8, channels), np.uint8)
    assert color_axes(observations).shape == (channels, channels)


def test_observations_all_alike_give_the_channels():
    np.testing.assert_array_equal(color_axes(np.full((2, 4, 4, 3), 7, np.uint8)), np.eye(3))


def test_natural_colors_are_led_by_lightness():
    axes = color_axes()
    np.testing.assert_allclose(axes[:, 0], 3**-0.5, rtol=1e-6)
    assert NATURAL_COLORS.sum(axis=0)[1:] == pytest.approx([0, 0])


def test_pixels_are_spread_evenly_however_many_are_read_at_a_time(monkeypatch):
    observations = np.arange(7 * 5 * 3 * 2, dtype=np.uint8).reshape(7, 5, 3, 2)
    monkeypatch.setattr(image_parameters, "MAX_PIXELS", 30)  # one in four
    for size in (1, 70, 10_000):
        monkeypatch.setattr(stored_frames, "_BLOCK_BYTES", size)
        np.testing.assert_array_equal(sample_pixels(observations), observations.reshape(-1, 2)[::4])
