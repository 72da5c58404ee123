import threading

import jax
import numpy as np
from numpy.testing import assert_array_equal

from rlvis.parallel.programs import Program


def counting():
    traced = []

    def double(x):
        traced.append(x.shape)
        return 2 * x

    return Program(double), traced


def test_threads_that_call_at_the_same_time_compile_once():
    (program, traced), together, results = counting(), threading.Barrier(4), []

    def call():
        together.wait()
        results.append(np.asarray(program(np.arange(3.0, dtype=np.float32))))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_array_equal(results, [[0, 2, 4]] * 4)
    assert traced == [(3,)]


def test_what_was_compiled_ahead_is_not_compiled_again():
    program, traced = counting()
    program.compile(jax.ShapeDtypeStruct((2,), np.float32))
    assert traced == [(2,)]
    assert_array_equal(program(np.ones(2, np.float32)), [2, 2])
    assert traced == [(2,)]
    assert_array_equal(program(np.ones(3, np.float32)), [2, 2, 2])
    assert traced == [(2,), (3,)]
