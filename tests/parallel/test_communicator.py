"""Processes that work together, and one that works alone."""

import numpy as np

from rlvis.parallel.communicator import SingleProcess


def test_a_process_alone():
    alone = SingleProcess()
    assert (alone.rank, alone.size) == (0, 1)
    assert alone.gather("x") == ["x"]
    assert alone.broadcast({"a": 1}) == {"a": 1}
    np.testing.assert_array_equal(alone.allreduce(np.arange(3)), np.arange(3))
    alone.barrier()
