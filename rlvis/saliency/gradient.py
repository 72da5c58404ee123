"""Gradients with respect to the observation: plain, times the input, smoothed over noise, or along a path."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from rlvis.attribution.gradients import compiled_gradients, input_gradients, mix, target_basis
from rlvis.attribution.quadrature import quadrature_rule
from rlvis.errors import OptionError
from rlvis.options import option
from rlvis.saliency.blur import gaussian_blur
from rlvis.saliency.channels import UNSIGNED, reduce_channels
from rlvis.saliency.method import SaliencyMethod

BASELINES = ("black", "white", "mean", "blur")
_SCALAR = ("value", "logit", "group")


@dataclass(frozen=True)
class GradientOptions:
    """How channels are put together."""

    channels: str = option("absolute_max", "sum, mean, max, absolute_max or norm over the channels")


@dataclass(frozen=True)
class GradientTimesInputOptions:
    """How channels are put together."""

    channels: str = option("sum", "sum, mean, max, absolute_max or norm over the channels")


@dataclass(frozen=True)
class SmoothGradientOptions:
    """How much noise, and how often."""

    channels: str = option("absolute_max", "sum, mean, max, absolute_max or norm over the channels")
    samples: int = option(16, "noisy copies of a frame", minimum=1)
    noise: float = option(0.1, "standard deviation of the noise, as a share of the frame's range")
    seed: int = option(0, "seed of the noise", minimum=0)


@dataclass(frozen=True)
class InputIntegrationOptions:
    """Where the path starts, and how it is integrated."""

    channels: str = option("sum", "sum, mean, max, absolute_max or norm over the channels")
    baseline: str = option("black", "the picture at the path's start: black, white, mean (colour of the frame) or blur")
    blur_sigma: float = option(5.0, "standard deviation of the blurred baseline in pixels")
    steps: int = option(16, "integration steps", minimum=1)
    rule: str = option("gauss", "integration rule: graded, gauss, midpoint or right")


def gradient(network, parameters, observations, state, targets, options: GradientOptions) -> np.ndarray:
    """`∂F/∂x`, channels put together.

    Source: Simonyan et al. 2014, section 3.
    """
    return reduce_channels(input_gradients(network, parameters, observations, targets, state), options.channels)


def gradient_times_input(network, parameters, observations, state, targets, options: GradientTimesInputOptions) -> np.ndarray:
    """`x ⊙ ∂F/∂x`, channels put together.

    Source: Shrikumar et al. 2016.
    """
    return reduce_channels(observations * input_gradients(network, parameters, observations, targets, state), options.channels)


def smooth_gradient(network, parameters, observations, state, targets, options: SmoothGradientOptions) -> np.ndarray:
    """`(1/n) Σ_i ∂F/∂x (x + σ (max x − min x) ε_i)`, ε standard normal, the same n draws for every frame.

    Source: Smilkov et al. 2017, section 2.
    """
    generator = np.random.default_rng(options.seed)
    spread = observations.max(axis=(1, 2, 3), keepdims=True) - observations.min(axis=(1, 2, 3), keepdims=True)
    total = 0.0
    for _ in range(options.samples):
        noise = generator.standard_normal(observations.shape[1:], np.float32)
        total = total + input_gradients(network, parameters, observations + np.float32(options.noise) * spread * noise, targets, state)
    return reduce_channels(total / options.samples, options.channels)


def input_integrated_gradients(network, parameters, observations, state, targets, options: InputIntegrationOptions) -> np.ndarray:
    """`(x − b) ⊙ Σ_k w_k ∂F/∂x (b + α_k (x − b))`, channels put together.

    Source: Sundararajan et al. 2017, equation 1.
    """
    return reduce_channels(integrate_from_baseline(network, parameters, observations, state, targets, options), options.channels)


def integrate_from_baseline(network, parameters, observations, state, targets, options: InputIntegrationOptions) -> np.ndarray:
    """The same for every channel: `(targets, N, H, W, C)`; sums come to `F(x) − F(b)` up to the quadrature's error."""
    rule = quadrature_rule(options.rule, options.steps)
    start = baseline_pictures(observations, options)
    basis, mixture = target_basis(tuple(targets), network.num_actions)
    add_gradients, _ = compiled_gradients(network, None, basis)
    total = jnp.zeros((len(basis), *observations.shape), jnp.float32)
    for alpha, weight in zip(rule.points, rule.weights, strict=True):
        point = start + np.float32(alpha) * (observations - start)
        total = add_gradients(total, parameters, point, point, state, jnp.float32(1), jnp.float32(weight))
    return mix(mixture, np.asarray(total)) * (observations - start)


def completeness_error(network, parameters, observations, state, targets, options: InputIntegrationOptions) -> np.ndarray:
    """`|Σ attr − (F(x) − F(b))| / |F(x) − F(b)|`, `(targets, N)`; infinite where only F(x) = F(b)."""
    basis, mixture = target_basis(tuple(targets), network.num_actions)
    _, scores_of = compiled_gradients(network, None, basis)
    ends = [np.asarray(scores_of(parameters, picture, picture, state)) for picture in (observations, np.asarray(baseline_pictures(observations, options)))]
    difference = mix(mixture, ends[0] - ends[1])
    miss = np.abs(integrate_from_baseline(network, parameters, observations, state, targets, options).sum(axis=(2, 3, 4)) - difference)
    return np.divide(miss, np.abs(difference), out=np.where(miss > 0, np.inf, 0.0), where=difference != 0)


def baseline_pictures(observations: np.ndarray, options: InputIntegrationOptions) -> np.ndarray:
    """The pictures at the path's start, `(N, H, W, C)`; raises `OptionError` for an unknown baseline."""
    match options.baseline:
        case "black":
            return np.zeros_like(observations)
        case "white":
            return np.ones_like(observations)
        case "mean":
            return np.broadcast_to(observations.mean(axis=(1, 2), keepdims=True), observations.shape)
        case "blur":
            return gaussian_blur(observations, options.blur_sigma)
    raise OptionError(f"unknown baseline {options.baseline!r}; there are {', '.join(BASELINES)}")


def _signed(options):
    return options.channels not in UNSIGNED


GRADIENT_METHODS = (
    SaliencyMethod("gradient", "gradient", gradient, GradientOptions, _SCALAR, _signed, "Simonyan et al. 2014"),
    SaliencyMethod("gradient_times_input", "gradient × input", gradient_times_input, GradientTimesInputOptions, _SCALAR, _signed, "Shrikumar et al. 2016"),
    SaliencyMethod("smooth_gradient", "SmoothGrad", smooth_gradient, SmoothGradientOptions, _SCALAR, _signed, "Smilkov et al. 2017"),
    SaliencyMethod("input_integrated_gradients", "integrated gradients to the input", input_integrated_gradients, InputIntegrationOptions, _SCALAR, _signed, "Sundararajan et al. 2017"),
)
