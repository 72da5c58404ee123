"""ReLUs that let a gradient through when nothing would get through otherwise.

Gradient ascent cannot start from a unit that is off: its ReLU has gradient zero. A redirected ReLU lets those
gradients pass that would raise a unit that is off, but only for examples for which the ordinary gradient vanishes at
that ReLU altogether (Mordvintsev, Olah & Tyka's feature visualization code, 2017).

Networks call ReLUs in ways of their own and need not know of this: the network's program is traced, and evaluated
anew with its ReLUs (maxima of something and zero) exchanged.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def with_redirected_relu(function: Callable) -> Callable:
    """The same function with its ReLUs' gradients redirected on demand.

    Args:
        function: a traceable function of arrays.

    Returns:
        `redirected(redirect, *arguments)`: `function(*arguments)`; where the boolean `redirect` is true, gradients
        through its ReLUs are redirected, taking what flows back for the gradient of a loss, so that what lowers the
        loss raises a unit. The leading axis of what a ReLU gets must be the examples.
    """
    def redirected(redirect, *arguments):
        closed, shapes = jax.make_jaxpr(function, return_shape=True)(*arguments)
        outputs = _evaluate(closed.jaxpr, closed.consts, jax.tree.leaves(arguments), redirect)
        return jax.tree.unflatten(jax.tree.structure(shapes), outputs)

    return redirected


@jax.custom_vjp
def redirected_relu(x, redirect):
    """`max(x, 0)` with redirected gradients where `redirect` is true; `x` is `(N, …)`."""
    return jnp.maximum(x, 0)


def _forward(x, redirect):
    return redirected_relu(x, redirect), (x > 0, redirect)


def _backward(residuals, gradient):
    on, redirect = residuals
    ordinary = jnp.where(on, gradient, 0)
    nothing = jnp.all(ordinary == 0, axis=tuple(range(1, gradient.ndim)), keepdims=True)
    raising = jnp.where(on | (gradient < 0), gradient, 0)
    return jnp.where(redirect & nothing, raising, ordinary), None


redirected_relu.defvjp(_forward, _backward)


def _evaluate(jaxpr, constants, arguments, redirect):
    """Run a traced program equation by equation, stepping into the calls that contain a ReLU."""
    values = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*constants, *arguments), strict=True))
    for equation in jaxpr.eqns:
        inputs = [v.val if _is_literal(v) else values[v] for v in equation.invars]
        if _is_relu(equation):
            outputs = [redirected_relu(*(x for v, x in zip(equation.invars, inputs, strict=True) if not _is_zero(v)), redirect)]
        elif (called := _called_with_relu(equation)) is not None:
            outputs = _evaluate(called.jaxpr, called.consts, inputs, redirect)
        else:
            bound = equation.primitive.get_bind_params(equation.params)
            # JAX before 0.10 passes the functions of calls apart from the other parameters.
            functions, parameters = bound if isinstance(bound, tuple) else ((), bound)
            outputs = equation.primitive.bind(*functions, *inputs, **parameters)
            outputs = outputs if equation.primitive.multiple_results else [outputs]
        values.update(zip(equation.outvars, outputs, strict=True))
    return [v.val if _is_literal(v) else values[v] for v in jaxpr.outvars]


def _is_relu(equation):
    return equation.primitive.name == "max" and any(map(_is_zero, equation.invars)) and not all(map(_is_literal, equation.invars))


def _called_with_relu(equation):
    """The program that an equation merely calls, if there is a ReLU somewhere in it."""
    if equation.primitive.name not in ("jit", "pjit", "custom_jvp_call", "closed_call"):
        return None
    called = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
    inside = any(_is_relu(inner) or _called_with_relu(inner) is not None for inner in called.jaxpr.eqns)
    return called if inside else None


def _is_literal(variable):
    return hasattr(variable, "val")


def _is_zero(variable):
    return _is_literal(variable) and jnp.ndim(variable.val) == 0 and variable.val == 0
