"""What perturbed pictures look like to the last layer that has positions, recomputing only what a mask can change.

Exact, and two to three times as fast: a soft disc covers a quarter of a picture, and behind strided convolutions that is where
most of the work is.
"""

from itertools import islice

import jax

from rlvis.networks import Network
from rlvis.networks.network import Tap
from rlvis.networks.stack import run_layers
from rlvis.saliency.changed_windows import Stage, Window, observe, step, windows_of
from rlvis.saliency.mask_groups import WindowPlan, field_layers, spatial_layers


def unperturbed_layers(network: Network, parameters, observation) -> list[tuple[jax.Array, tuple[jax.Array, ...]]]:
    """`observe` for each of `spatial_layers`, on one picture `(H, W, C)`."""
    x, known = observation, []
    for layer in spatial_layers(network):
        x, about = observe(layer, parameters, x)
        known.append((x, about))
    return known


def perturbed_features(network: Network, plan: WindowPlan | None, parameters, observation, fill, known, masks, rows, columns) -> jax.Array:
    """Activations of the last of `spatial_layers` for some masks of a group, all of one picture.

    Args:
        network, parameters: the network.
        plan: of the group.
        observation, fill: `(H, W, C)`.
        known: from `unperturbed_layers`.
        masks, rows, columns: of B masks, as in `MaskGroup`.

    Returns:
        `(B, h, w, c)`.
    """
    spatial = spatial_layers(network)
    if plan is None:
        return run_layers(spatial, parameters, observation + masks[..., None] * (fill - observation), {}, Tap())[0]
    change = _change(network, plan, parameters, observation, fill, known, masks, rows, columns)
    return run_layers(spatial[plan.depth :], parameters, known[plan.depth - 1][0] + change, {}, Tap())[0]


def _change(network, plan, parameters, observation, fill, known, masks, rows, columns):
    """The change `(B, h, w, c)` of the last layer recomputed in windows, all of it."""
    places = list(zip(rows.T, columns.T, strict=True))
    window = Window(masks[..., None] * windows_of(fill - observation, places[0], masks.shape[1:]), places[0])
    layers = list(zip(spatial_layers(network), field_layers(network), known, strict=True))[: plan.depth]
    fields = [field for _, about, _ in layers for field in about.fields]
    stages = map(Stage, fields, plan.legs, places[1::2], places[2::2])
    for layer, about, (_, unperturbed) in layers:
        window = step(layer, parameters, unperturbed, window, list(islice(stages, len(about.fields))))
    return window.change
