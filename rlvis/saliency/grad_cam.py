"""Grad-CAM: channels of a hidden layer, weighted by how much the output depends on each."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from rlvis.attribution.frames import activations_at
from rlvis.attribution.gradients import compiled_gradients, mix, target_basis
from rlvis.errors import OptionError
from rlvis.networks import list_taps
from rlvis.options import option
from rlvis.saliency.method import SaliencyMethod


@dataclass(frozen=True)
class GradCamOptions:
    """Which layer, and whether evidence against counts."""

    tap: str | None = option(None, "the layer; default: the last one that has positions")
    signed: bool = option(False, "keep negative evidence")


def grad_cam(network, parameters, observations, state, targets, options: GradCamOptions) -> np.ndarray:
    """`relu(Σ_c α_c a_c)`, `α_c` the mean of `∂F/∂a_c` over positions, at the layer's own size.

    Source: Selvaraju et al. 2017, equations 1 and 2.
    """
    tap = choose_tap(network, parameters, options.tap)
    activations = activations_at(network, parameters, tap)(observations, state)
    basis, mixture = target_basis(tuple(targets), network.num_actions)
    add_gradients, _ = compiled_gradients(network, tap, basis)
    zeros, one = jnp.zeros((len(basis), *activations.shape), jnp.float32), jnp.float32(1)
    gradients = mix(mixture, np.asarray(add_gradients(zeros, parameters, activations, observations, state, one, one)))
    maps = np.einsum("tnc,nhwc->tnhw", gradients.mean(axis=(2, 3)), np.asarray(activations))
    return maps if options.signed else np.maximum(maps, 0)


def choose_tap(network, parameters, name: str | None) -> str:
    """The named tap, or the last that has positions.

    Raises:
        OptionError: if there is none of that name with positions; the message lists those there are.
    """
    spatial = [tap.name for tap in list_taps(network, parameters) if len(tap.shape) == 3 and tap.shape[0] * tap.shape[1] > 1]
    if not spatial or (name is not None and name not in spatial):
        raise OptionError(f"Grad-CAM needs a layer with positions{f', not {name!r}' if name else ''}; there are {', '.join(spatial) or 'none'}")
    return name or spatial[-1]


GRAD_CAM = SaliencyMethod("grad_cam", "Grad-CAM", grad_cam, GradCamOptions, ("value", "logit", "group"), lambda options: options.signed, "Selvaraju et al. 2017")
