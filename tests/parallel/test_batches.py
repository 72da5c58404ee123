import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rlvis.parallel.batches import jit_for_one_core, own_devices, padded_chunks, run_batches


def test_results_come_in_order_from_several_threads():
    seen = set()

    def square(x):
        seen.add(threading.current_thread().name)
        return x * x

    assert list(run_batches(square, range(20), workers=3)) == [x * x for x in range(20)]
    assert all(name.startswith("rlvis") for name in seen)


def test_batches_are_read_only_as_they_are_needed():
    read = []

    def batches():
        for index in range(100):
            read.append(index)
            yield index

    results = run_batches(lambda x: x, batches(), workers=2)
    next(results)
    assert len(read) <= 4
    results.close()


def test_an_exception_is_raised_in_its_place():
    def fail(x):
        if x == 2:
            raise ValueError("two")
        return x

    results = run_batches(fail, range(5), workers=2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)


def test_chunks_cover_everything_once():
    chunks = list(padded_chunks(10, 4))
    assert [missing for _, missing in chunks] == [0, 0, 2]
    assert np.concatenate([np.arange(10)[part] for part, _ in chunks]).tolist() == list(range(10))


@pytest.mark.parametrize("devices, ranks, shares", [(8, 8, ["0", "1", "2", "3", "4", "5", "6", "7"]), (8, 2, ["0246", "1357"]), (1, 3, ["0", "0", "0"]), (2, 3, ["0", "1", "0"]), (4, 1, ["0123"])])
def test_ranks_of_one_machine_share_its_devices(devices, ranks, shares):
    numbered = [str(device) for device in range(devices)]
    assert ["".join(own_devices(numbered, rank, ranks)) for rank in range(ranks)] == shares


def test_programs_for_one_core_compute_the_same():
    matrix = np.arange(9, dtype=np.float32).reshape(3, 3)
    assert_array_equal(list(run_batches(jit_for_one_core(lambda x: x @ x), [matrix, 2 * matrix], workers=2)), [matrix @ matrix, 4 * matrix @ matrix])
