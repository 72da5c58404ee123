import pytest

from rlvis.parallel import devices
from rlvis.parallel.devices import share_accelerators, visible_devices


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """No accelerators, and an environment that is restored."""
    for name in ("CUDA_VISIBLE_DEVICES", "XLA_PYTHON_CLIENT_PREALLOCATE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(devices, "_LISTED", tmp_path / "gpus")
    return tmp_path / "gpus"


def told():
    import os

    return os.environ.get("CUDA_VISIBLE_DEVICES"), os.environ.get("XLA_PYTHON_CLIENT_PREALLOCATE")


def test_a_rank_alone_sees_everything(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    share_accelerators(0, 1)
    assert told() == ("0,1", None)


@pytest.mark.parametrize("rank, expected", [(0, "4"), (1, "6")])
def test_each_rank_sees_one_of_those_that_are_given(monkeypatch, rank, expected):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    share_accelerators(rank, 2)
    assert told() == (expected, None)


def test_devices_are_counted_where_nobody_names_them(machine):
    for name in ("0000:01:00.0", "0000:02:00.0", "0000:03:00.0", "0000:04:00.0"):
        (machine / name).mkdir(parents=True)
    assert visible_devices() == ["0", "1", "2", "3"]
    share_accelerators(1, 2)
    assert told() == ("1,3", None)


def test_memory_is_shared_where_devices_are_few_or_unknown(monkeypatch):
    share_accelerators(0, 2)
    assert told() == (None, "false")
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    share_accelerators(1, 2)
    assert told() == ("0", "true")
