"""The accelerators of a machine, one for each of the ranks on it."""

import os
from pathlib import Path

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_LISTED = Path("/proc/driver/nvidia/gpus")


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


def visible_devices() -> list[str]:
    """The NVIDIA devices that this process may use, as `CUDA_VISIBLE_DEVICES` names them; none where that is unknown."""
    given = os.environ.get(_VISIBLE)
    if given is not None:
        return [name for name in given.split(",") if name.strip()]
    return [str(number) for number in range(len(list(_LISTED.iterdir())))] if _LISTED.is_dir() else []
