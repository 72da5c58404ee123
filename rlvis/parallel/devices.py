"""The accelerators of a machine, one for each of the ranks on it."""

import importlib.util
import os
import pkgutil
from pathlib import Path

# NVIDIA's libraries choose algorithms by how fast they were when tried, and some add in any order: without this the same run gives other bytes.
REPRODUCIBLE = "--xla_gpu_deterministic_ops=true"
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_LISTED = Path("/proc/driver/nvidia/gpus")


def compute_reproducibly() -> None:
    """Have JAX compile programs for NVIDIA accelerators that give the same bits every time, before it looks for any; what the user told it about that stands."""
    flags = os.environ.get("XLA_FLAGS", "")
    if _has_cuda() and REPRODUCIBLE.partition("=")[0] not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {REPRODUCIBLE}".strip()


def _has_cuda():
    # Where JAX itself looks for what drives accelerators.
    plugins = importlib.util.find_spec("jax_plugins")
    return plugins is not None and any(module.name.startswith("xla_cuda") for module in pkgutil.iter_modules(plugins.submodule_search_locations))


def share_accelerators(local_rank: int, local_size: int) -> None:
    """Let this process see only its own accelerator, before JAX looks for any.

    JAX takes most of the memory of every accelerator it sees: ranks that see each other's would fight over it. Where
    nobody says how many there are, or there are fewer than ranks, memory is taken only as it is needed.

    Args:
        local_rank, local_size: this rank's number among those on its machine, and how many they are.
    """
    if local_size < 2:
        return
    seen = visible_devices()
    if len(seen) >= local_size:
        os.environ[_VISIBLE] = ",".join(seen[local_rank::local_size])
    else:
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def accelerator_memory() -> int:
    """Bytes of memory that JAX may use of the accelerator that computes; 0 where the CPU does."""
    import jax

    device = jax.local_devices()[0]
    return 0 if device.platform == "cpu" else int((device.memory_stats() or {}).get("bytes_limit", 0))


def visible_devices() -> list[str]:
    """The NVIDIA devices that this process may use, as `CUDA_VISIBLE_DEVICES` names them; none where that is unknown."""
    given = os.environ.get(_VISIBLE)
    if given is not None:
        return [name for name in given.split(",") if name.strip()]
    return [str(number) for number in range(len(list(_LISTED.iterdir())))] if _LISTED.is_dir() else []
