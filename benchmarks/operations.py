"""Arithmetic of a function: the operations of its convolutions and matrix products."""

import jax
import numpy as np
from jax.extend import core
from jax.interpreters import partial_eval


def count_operations(jaxpr: core.Jaxpr, loops: int | None = None) -> int:
    """Additions and multiplications in the convolutions and matrix products of a traced function, those with padding zeros included, those whose results nobody asks for left out.

    Args:
        jaxpr: the function, such as `jax.make_jaxpr(function)(*arguments).jaxpr`.
        loops: how often loops run that do not say so themselves.

    Raises:
        ValueError: for such a loop, if `loops` is `None`.
    """
    useful, _ = partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))
    return sum(_of_equation(equation, loops) for equation in useful.eqns)


def _of_equation(equation, loops):
    match equation.primitive.name:
        case "conv_general_dilated":
            dimensions = equation.params["dimension_numbers"].rhs_spec
            features = equation.invars[1].aval.shape[dimensions[0]]
            return 2 * equation.outvars[0].aval.size * equation.invars[1].aval.size // features
        case "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            return 2 * equation.outvars[0].aval.size * int(np.prod([equation.invars[0].aval.shape[axis] for axis in contracted]))
        case "while" if loops is None:
            raise ValueError("operations in a loop cannot be counted where it is not known how often it runs")
    inner = jax.tree.leaves(list(equation.params.values()), is_leaf=lambda value: isinstance(value, (core.Jaxpr, core.ClosedJaxpr)))
    repeats = loops if equation.primitive.name == "while" else equation.params.get("length", 1)
    return repeats * sum(count_operations(getattr(each, "jaxpr", each), loops) for each in inner if isinstance(each, (core.Jaxpr, core.ClosedJaxpr)))
