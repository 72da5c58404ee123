import os
import sys

import pytest

from rlvis.parallel import devices
from rlvis.parallel.devices import accelerator_memory, compute_reproducibly, share_accelerators, visible_devices


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """No accelerators, and an environment that is restored."""
    for name in ("CUDA_VISIBLE_DEVICES", "XLA_PYTHON_CLIENT_PREALLOCATE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(devices, "_LISTED", tmp_path / "gpus")
    return tmp_path / "gpus"


def told():
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


@pytest.fixture
def plugins(monkeypatch, tmp_path):
    """A folder of JAX's plugins."""
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "jax_plugins"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "jax_plugins").mkdir()
    return tmp_path / "jax_plugins"


@pytest.mark.parametrize(
    "plugin, before, after",
    [
        ("xla_cuda13", "", "--xla_gpu_deterministic_ops=true"),
        ("xla_cuda13", "--xla_dump_to=x", "--xla_dump_to=x --xla_gpu_deterministic_ops=true"),
        ("xla_cuda12", "--xla_gpu_deterministic_ops=false", "--xla_gpu_deterministic_ops=false"),
        ("tpu", "", ""),
    ],
)
def test_programs_for_nvidia_are_to_be_reproducible_unless_told_otherwise(plugins, monkeypatch, plugin, before, after):
    (plugins / plugin).mkdir()
    (plugins / plugin / "__init__.py").touch()
    monkeypatch.setenv("XLA_FLAGS", before)
    compute_reproducibly()
    assert os.environ["XLA_FLAGS"] == after


def test_where_jax_has_no_plugins_nothing_is_asked_for(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: None)
    compute_reproducibly()
    assert os.environ["XLA_FLAGS"] == ""


def test_memory_is_the_accelerators(monkeypatch):
    class Device:
        def __init__(self, platform, statistics):
            self.platform, self.memory_stats = platform, lambda: statistics

    for platform, statistics, expected in [("cpu", None, 0), ("gpu", {"bytes_limit": 1000}, 1000), ("gpu", None, 0)]:
        monkeypatch.setattr("jax.local_devices", lambda platform=platform, statistics=statistics: [Device(platform, statistics)])
        assert accelerator_memory() == expected
