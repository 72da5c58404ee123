"""The programs that attribution to layers will need, compiled while the agent still plays."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import jax

from rlvis.attribution.gradients import target_basis
from rlvis.attribution.straight_path import compile_path
from rlvis.attribution.targets import VALUE, Target
from rlvis.layer_activations import LayerActivations
from rlvis.layer_maps import attribution_batches
from rlvis.networks.taps import TapDescription
from rlvis.options import RunOptions
from rlvis.parallel.batches import batch_devices, core_count
from rlvis.stages.stage_files import StageFiles

# One thread for so many cores: the others play, and tracing programs takes turns with them in Python's interpreter.
CORES_PER_THREAD, MOST_THREADS = 4, 4


@contextmanager
def compiled_ahead(checkpoint, options: RunOptions, taps: Sequence[TapDescription], targets: Sequence[Target], stages: StageFiles) -> Iterator[Callable[[], None]]:
    """Threads compile while the caller is inside, until they are told to stop or something was reused: nobody knows then what will be needed.

    What they do not get to is compiled when it is first called. At the end the programs in the making are waited for: nothing is
    left behind that still compiles, and would find the folder for compiled programs gone.

    Yields:
        A function that tells them to begin nothing more.
    """
    stop, waiting = threading.Event(), deque(_programs(checkpoint, options, taps, targets))

    def work():
        while waiting and not stop.is_set() and not stages.reused:
            # What goes wrong here will go wrong again where somebody is told; another thread may have taken the last one.
            with suppress(Exception):
                tap, activations, attributed, device = waiting.popleft()
                with jax.default_device(device):
                    compile_layer(checkpoint, options, tap, attributed, activations)

    threads = [threading.Thread(target=work, name="rlvis-compiling") for _ in range(max(1, min(core_count() // CORES_PER_THREAD, MOST_THREADS)))]
    for thread in threads:
        thread.start()
    try:
        yield stop.set
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _programs(checkpoint, options, taps, targets):
    """What will be needed, in that order: layer, activations, targets, device."""
    examples, shown = options.observations, options.trajectories
    for_features = LayerActivations(checkpoint, options, taps, examples.num_envs * examples.num_obs), [VALUE], bool(options.nmf_features)
    for_maps = LayerActivations(checkpoint, options, taps, shown.num_envs * shown.num_steps), targets, options.attr_max_paths is None and not options.attr_memory
    return [(tap, activations, attributed, device) for activations, attributed, wanted in (for_features, for_maps) if wanted for tap in taps for device in batch_devices()]


def compile_layer(checkpoint, options: RunOptions, tap: TapDescription, targets: Sequence[Target], activations: LayerActivations) -> None:
    """Compile what `integrated_gradients` of these targets at a layer calls, for JAX's default device."""
    network, parameters = checkpoint.network, checkpoint.parameters
    batch_size, _ = attribution_batches(options, tap, len(targets))
    basis, _ = target_basis(tuple(targets), network.num_actions)
    activations.compile(tap.name, batch_size)
    compile_path(network, parameters, tap, basis, batch_size)
