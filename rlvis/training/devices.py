"""Making JAX use a CPU the way training needs."""

import os
from contextlib import suppress

import jax

from rlvis.parallel.batches import core_count

CPU_FLAGS = "--xla_cpu_multi_thread_eigen=false"


def prepare_devices() -> tuple:
    """This process's devices; on a CPU one per core it may use, each computing with one thread.

    Has no effect on a CPU backend that has already been used; its devices are then taken as they are.
    """
    if CPU_FLAGS not in os.environ.get("XLA_FLAGS", ""):
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {CPU_FLAGS}".strip()
    if "xla_force_host_platform_device_count" not in os.environ["XLA_FLAGS"]:
        # JAX refuses once its backend has been used.
        with suppress(RuntimeError):
            jax.config.update("jax_num_cpu_devices", core_count())
    return tuple(jax.local_devices())
