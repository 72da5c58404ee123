"""Arithmetic of a function: the operations of its convolutions and matrix products."""

import jax
import numpy as np
from jax.extend import core
from jax.interpreters import partial_eval


def count_operations(function, *arguments) -> int:
    """Additions and multiplications in the convolutions and matrix products of `function(*arguments)`, those with padding zeros included, those whose results nobody asks for left out."""
    jaxpr = jax.make_jaxpr(function)(*arguments).jaxpr
    return _of_jaxpr(partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))[0])


def _of_jaxpr(jaxpr):
    return sum(_of_equation(equation) for equation in jaxpr.eqns)


def _of_equation(equation):
    match equation.primitive.name:
        case "conv_general_dilated":
            dimensions = equation.params["dimension_numbers"].rhs_spec
            features = equation.invars[1].aval.shape[dimensions[0]]
            return 2 * equation.outvars[0].aval.size * equation.invars[1].aval.size // features
        case "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            return 2 * equation.outvars[0].aval.size * int(np.prod([equation.invars[0].aval.shape[axis] for axis in contracted]))
    inner = jax.tree.leaves(list(equation.params.values()), is_leaf=lambda value: isinstance(value, (core.Jaxpr, core.ClosedJaxpr)))
    return sum(_of_jaxpr(getattr(each, "jaxpr", each)) for each in inner if isinstance(each, (core.Jaxpr, core.ClosedJaxpr)))
