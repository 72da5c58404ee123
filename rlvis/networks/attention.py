"""Attention over positions as a layer: a small network gives each position a weight, and the features are weighted by it."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from rlvis.networks import layers

FORMS = ("softplus", "softplus_base2", "normalized_softplus", "softmax")
JOINS = ("multiply", "sum")


@dataclass(frozen=True)
class Attention:
    """Weights `a` `(N, h, w)` from features `x` `(N, h, w, C)`: `a = form(output(activation(hidden(x))))`, then `x · a`.

    Attributes:
        name: its taps are NAME.hidden, NAME (the weights, `(N, h, w, 1)`) and NAME.gated (the weighted features).
        features: channels of the convolution "hidden".
        kernel: of both convolutions, stride 1, SAME.
        activation: between them.
        maps: maps that "output" gives; the weights are their sum, each taken through `form` by itself.
        form: "softplus" `ln(1 + eʰ)`, "softplus_base2" `log₂(1 + 2ʰ)`, "normalized_softplus" (its sum over positions
            is 1) or "softmax" (over positions).
        join: "multiply" keeps positions; "sum" adds the weighted features up over positions: `(N, C)`.
    """

    name: str
    features: int = 256
    kernel: tuple[int, int] = (3, 3)
    activation: str = "relu"
    maps: int = 1
    form: str = "softplus"
    join: str = "multiply"


def attention_shapes(layer: Attention, channels: int) -> dict[str, dict[str, tuple[int, ...]]]:
    """The shapes of the layer's parameters for features with C channels."""
    return {
        f"{layer.name}.hidden": {"kernel": (*layer.kernel, channels, layer.features), "bias": (layer.features,)},
        f"{layer.name}.output": {"kernel": (*layer.kernel, layer.features, layer.maps), "bias": (layer.maps,)},
    }


def run_attention(layer: Attention, parameters, x, tap):
    """The weighted features: `(N, h, w, C)`, or `(N, C)` where they are added up."""
    hidden = layers.ACTIVATIONS[layer.activation](layers.convolution(parameters[f"{layer.name}.hidden"], x))
    scores = layers.convolution(parameters[f"{layer.name}.output"], tap(f"{layer.name}.hidden", hidden, kind="attention_hidden"))
    weights = tap(layer.name, positive(layer.form, scores).sum(-1, keepdims=True), kind="attention")
    gated = tap(f"{layer.name}.gated", x * weights, kind="gated")
    return gated.sum((1, 2)) if layer.join == "sum" else gated


def positive(form: str, scores: jax.Array) -> jax.Array:
    """Scores `(N, h, w, K)` as weights ≥ 0 of the same shape, in one of the `FORMS`."""
    if form == "softmax":
        return jax.nn.softmax(scores, axis=(1, 2))
    if form == "softplus_base2":
        # log2(1 + 2^h) = softplus(h ln 2) / ln 2
        return jax.nn.softplus(scores * jnp.log(2.0)) / jnp.log(2.0)
    weights = jax.nn.softplus(scores)
    return weights / weights.sum((1, 2), keepdims=True) if form == "normalized_softplus" else weights
