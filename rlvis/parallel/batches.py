"""Running a function over many batches, on every core or device there is, results in order."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import jax

from rlvis.parallel.blas_threads import single_blas_thread
from rlvis.parallel.communicator import communicator

# Each batch may take a sixteenth of an accelerator's memory.
MOST_ON_ACCELERATOR = 8

Item = TypeVar("Item")
Result = TypeVar("Result")


def worker_count() -> int:
    """How many batches to keep in flight: one for each of this rank's cores, but not too many where they share an accelerator's memory.

    XLA's convolution gradients use one core each, and JAX releases the interpreter while they run, so threads that
    each call the jitted function on a batch of their own keep all cores busy. With an accelerator the cores treat what comes from it.
    """
    return core_count() if jax.default_backend() == "cpu" else min(core_count(), MOST_ON_ACCELERATOR)


def default_batch_size(on_cpu: int, on_accelerator: int) -> int:
    """Frames in a batch where nobody says how many: small batches stay in a core's cache, and leave an accelerator idle."""
    return on_cpu if jax.default_backend() == "cpu" else on_accelerator


def core_count() -> int:
    """This rank's share of the cores of its machine."""
    return communicator().cores


def jit_for_one_core(function: Callable) -> Callable:
    """`jax.jit(function)`, kept to one core where it runs on a CPU.

    For functions that `run_batches` calls: threads that each keep to one core finish more than threads whose operations are
    all split between the same cores. Loops are as fast as unrolled ones then.
    """
    return jax.jit(function, compiler_options={"xla_cpu_multi_thread_eigen": False} if jax.default_backend() == "cpu" else None)


def run_batches(function: Callable[[Item], Result], batches: Iterable[Item], workers: int | None = None, stop: threading.Event | None = None) -> Iterator[Result]:
    """`function(batch)` for every batch, in order, at most a few ahead of the consumer.

    Args:
        function: called from several threads at once; its work should be inside jitted functions.
        batches: read lazily, so that only the batches in flight are in memory.
        workers: threads; `worker_count()` if `None`.
        stop: set when the results are no longer wanted (an exception, an interruption), so that a long batch can end early.

    Yields:
        The results, in the order of the batches; an exception in one is raised in its place.
    """
    workers = workers or worker_count()
    devices = batch_devices()

    def on_device(index, batch):
        with jax.default_device(devices[index % len(devices)]):
            return function(batch)

    with single_blas_thread(), ThreadPoolExecutor(workers, thread_name_prefix="rlvis") as pool:
        pending = deque()
        try:
            for index, batch in enumerate(batches):
                pending.append(pool.submit(on_device, index, batch))
                if len(pending) > workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        except BaseException:
            if stop is not None:
                stop.set()
            raise
        finally:
            for future in pending:
                future.cancel()


def batch_devices() -> Sequence[jax.Device]:
    """The devices that `run_batches` takes in turn."""
    return own_devices(jax.local_devices(), communicator().local_rank, communicator().local_size)


def own_devices(devices: Sequence, local_rank: int, local_size: int) -> Sequence:
    """A rank's share of the devices that the ranks of one machine see; where there are fewer devices than ranks, one of them."""
    return devices[local_rank::local_size] or [devices[local_rank % len(devices)]]


def padded_chunks(length: int, size: int) -> Iterator[tuple[slice, int]]:
    """Slices of at most `size`, each with how many rows are missing to make it full.

    Every batch of the same size runs the same compiled program, so a result does not depend on how many came with it.
    """
    for start in range(0, length, size):
        stop = min(start + size, length)
        yield slice(start, stop), size - (stop - start)
