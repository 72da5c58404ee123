import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from rlvis.parallel.blas_threads import single_blas_thread


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.fixture(autouse=True)
def two_threads():
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(2, user_api="blas"):
        yield


def test_one_thread_inside_as_many_as_before_outside():
    with single_blas_thread(), single_blas_thread():
        assert set(blas_threads()) <= {1}
    assert set(blas_threads()) <= {2}


def test_left_in_any_order():
    first, second = single_blas_thread(), single_blas_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(blas_threads()) <= {1}
    second.__exit__(None, None, None)
    assert set(blas_threads()) <= {2}


def test_errors_restore_it():
    with pytest.raises(ZeroDivisionError), single_blas_thread():
        1 / 0
    assert set(blas_threads()) <= {2}


def test_a_thread_started_inside_has_one_too():
    with single_blas_thread(), ThreadPoolExecutor(1) as pool:
        assert set(pool.submit(single_blas_thread()(blas_threads)).result()) <= {1}
        assert set(blas_threads()) <= {1}


def test_what_multiplies_matrices_while_features_are_fitted_was_loaded_before():
    code = """
import numpy, threadpoolctl
from rlvis.features.row_sample import RowSample
import rlvis.features.factorization as factorization
from rlvis.parallel.blas_threads import single_blas_thread

with single_blas_thread():
    factorization.factorize(RowSample(numpy.random.default_rng(0).random((50, 6)).astype(numpy.float32), 50, 1.0), 3, 0)
    print({library["num_threads"] for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"})
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert result.stdout.strip() == "{1}"
