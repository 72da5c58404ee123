"""Rules for the path integral of integrated gradients: points α in (0, 1] and their weights."""

from dataclasses import dataclass

import numpy as np

from rlvis.errors import OptionError

RULES = ("graded", "gauss", "midpoint", "right")


@dataclass(frozen=True)
class QuadratureRule:
    """A rule for `∫₀¹ f(α) dα ≈ Σ_k weights[k] · f(points[k])`.

    Attributes:
        name: one of `RULES`.
        points: α, `(n,)`.
        weights: `(n,)`, summing to 1.
    """

    name: str
    points: tuple[float, ...]
    weights: tuple[float, ...]

    def __str__(self):
        return f"{self.name}, {len(self.points)} steps"


def quadrature_rule(name: str = "graded", steps: int = 10) -> QuadratureRule:
    """The named rule with the given number of points.

    - "right": `α_k = k/n`, weights `1/n`, the rule of Hilton et al.'s published code (10 steps);
    - "midpoint": `α_k = (k − ½)/n`;
    - "gauss": Gauss–Legendre on [0, 1];
    - "graded": Gauss–Legendre in `t` after `α = t²`, weights `2 t w`: points crowd towards the zero baseline, where
      networks with L2-pooling or biases bend most.

    Raises:
        OptionError: for an unknown name or fewer than one step.
    """
    if steps < 1:
        raise OptionError(f"integrated gradients needs at least 1 step, got {steps}")
    k = np.arange(1, steps + 1)
    t, w = np.polynomial.legendre.leggauss(steps)
    t, w = (t + 1) / 2, w / 2
    match name:
        case "right":
            points, weights = k / steps, np.full(steps, 1 / steps)
        case "midpoint":
            points, weights = (k - 0.5) / steps, np.full(steps, 1 / steps)
        case "gauss":
            points, weights = t, w
        case "graded":
            points, weights = t**2, 2 * t * w / np.sum(2 * t * w)
        case _:
            raise OptionError(f"unknown integration rule {name!r}; there are {', '.join(RULES)}")
    return QuadratureRule(name, tuple(points.tolist()), tuple(weights.tolist()))
