import jax
import jax.numpy as jnp
import pytest

from benchmarks import operations


def count_operations(function, *arguments, loops=None):
    return operations.count_operations(jax.make_jaxpr(function)(*arguments).jaxpr, loops)


def convolve(pictures, kernel):
    return jax.lax.conv_general_dilated(pictures, kernel, (2, 2), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def test_a_product_and_a_convolution():
    assert count_operations(jnp.matmul, jnp.ones((3, 5)), jnp.ones((5, 7))) == 2 * 3 * 5 * 7
    assert count_operations(convolve, jnp.ones((4, 9, 9, 3)), jnp.ones((3, 3, 3, 6))) == 2 * 4 * 4 * 4 * 6 * 3 * 3 * 3


def test_what_nobody_asks_for_is_not_counted():
    def first(pictures, kernel):
        return jax.jit(lambda: (jnp.sum(pictures), convolve(pictures, kernel)))()[0]

    assert count_operations(first, jnp.ones((4, 9, 9, 3)), jnp.ones((3, 3, 3, 6))) == 0


def test_inside_of_what_is_compiled():
    assert count_operations(jax.jit(lambda a: (a @ a) @ a), jnp.ones((4, 4))) == 2 * 2 * 4**3


def test_loops_count_as_often_as_they_run():
    assert count_operations(lambda a: jax.lax.fori_loop(0, 5, lambda _, b: b @ a, a), jnp.ones((4, 4))) == 5 * 2 * 4**3
    with pytest.raises(ValueError, match="how often"):
        count_operations(lambda a, n: jax.lax.fori_loop(0, n, lambda _, b: b @ a, a), jnp.ones((4, 4)), 5)
    assert count_operations(lambda a, n: jax.lax.fori_loop(0, n, lambda _, b: b @ a, a), jnp.ones((4, 4)), 5, loops=7) == 7 * 2 * 4**3
