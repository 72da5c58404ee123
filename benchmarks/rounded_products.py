"""What less exact products would do: convolutions and matrix products of float32 numbers whose factors are rounded first.

Matrix units that are not float32's round the factors, multiply exactly and add in float32: TF32 keeps 10 bits of a fraction, bfloat16 7, at float32's
range. Rounded factors therefore show on any device what a result would be worth on such a unit, but not how fast it would come.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import jax
from jax.extend.core import Primitive, primitives
from jax.interpreters import ad, mlir

EXPONENT_BITS = 8
FRACTION_BITS = {"tensorfloat32": 10, "bfloat16": 7}

# Derivatives pass it unchanged: a unit rounds what it multiplies, not what it gives.
_rounded = Primitive("rounded_factor")
_rounded.def_abstract_eval(lambda factor, *, fraction_bits: factor)
ad.deflinear2(_rounded, lambda change, factor, *, fraction_bits: [change])
mlir.register_lowering(_rounded, mlir.lower_fun(lambda factor, *, fraction_bits: jax.lax.reduce_precision(factor, EXPONENT_BITS, fraction_bits), multiple_results=False))


@contextmanager
def rounded_products(fraction_bits: int) -> Iterator[None]:
    """Whatever is traced inside rounds the factors of its convolutions and matrix products, those of derivatives too, to so many bits after the leading one.

    What was traced before is traced anew; inside, only compiled functions can be called.
    """
    def rounding(bind):
        def rounded(left, right, *others, **settings):
            factors = (_rounded.bind(factor, fraction_bits=fraction_bits) for factor in (left, right))
            return bind(*factors, *others, **settings)

        return rounded

    convolution, product = primitives.conv_general_dilated_p, primitives.dot_general_p
    jax.clear_caches()
    with mock.patch.object(convolution, "bind", rounding(convolution.bind)), mock.patch.object(product, "bind", rounding(product.bind)):
        yield
    jax.clear_caches()
