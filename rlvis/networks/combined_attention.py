"""One map out of all of a network's attention layers."""

import jax

from rlvis.networks.network import Tap
from rlvis.networks.receptive_fields import coverage, receptive_field
from rlvis.networks.stack_description import StackDescription


class AttentionTap(Tap):
    """Hands everything on to another tap, and keeps the attention weights `(N, h, w, 1)` that come back, by layer."""

    def __init__(self, tap: Tap):
        self.tap = tap
        self.weights: dict[str, jax.Array] = {}

    def __call__(self, name, value, kind="other"):
        value = self.tap(name, value, kind)
        if kind == "attention":
            self.weights[name] = value
        return value


def combine(description: StackDescription, weights: dict[str, jax.Array]) -> jax.Array | None:
    """The attention `(N, h, w)` of a network: `a₁ + up(a₂) + up(a₃) + …` on the first layer's positions; `None` without any.

    `up` gives every position of the first layer the sum of the weights of all later positions that see it.

    Source: Nikulin et al. 2019, the network with attention after each convolution.
    """
    if not weights:
        return None
    (first, total), *later = ((name, weight[..., 0]) for name, weight in weights.items())
    for name, weight in later:
        field = receptive_field(description, name, start=first)
        rows, columns = (coverage(weight.shape[axis + 1], field.size[axis], field.stride[axis], field.padding[axis], total.shape[axis + 1]) for axis in (0, 1))
        total = total + rows @ weight @ columns.T
    return total
