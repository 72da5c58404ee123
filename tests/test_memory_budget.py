import pytest

from rlvis.errors import OptionError
from rlvis.memory_budget import memory_budget


def test_batches_are_halved_until_they_fit():
    budget = memory_budget(1.2)  # a batch may take 200 MB
    assert budget.batch_size(32, 1_000_000) == 32
    assert budget.batch_size(32, 7_000_000) == 16
    assert budget.batch_size(32, 10_000_000_000) == 1
    assert [budget.in_flight(16, size) for size in (1, 250_000_000, 5_000_000_000)] == [16, 2, 1]


def test_an_accelerator_has_memory_of_its_own(monkeypatch):
    monkeypatch.setattr("rlvis.memory_budget.accelerator_memory", lambda: 64_000_000_000)
    budget = memory_budget(1.2)
    assert budget.device == 4_000_000_000
    assert budget.batch_size(512, 10_000_000) == 256
    assert budget.batch_size(512, 10_000_000, result_bytes=2_000_000) == 64


def test_what_is_held_side_by_side_is_within_the_budget():
    budget = memory_budget(1.2)
    in_flight = 10_000_000 * budget.in_flight(1000, 10_000_000)
    rows = 12 * 64 * budget.sample_rows(10**9, 64)
    assert 0.9 * budget.total < in_flight + rows + budget.activations + budget.planes + 2 * budget.frames <= budget.total


def test_rows_are_as_many_as_fit():
    assert memory_budget(2).sample_rows(2**17, 256) == 2**17
    assert memory_budget(2).sample_rows(2**17, 3000) == 500_000_000 // 36_000


def test_too_little():
    with pytest.raises(OptionError, match="too small"):
        memory_budget(0.01)
