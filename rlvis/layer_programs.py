"""The programs that attribution to layers will need, compiled while the agent still plays."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import jax

from rlvis.attribution.gradients import target_basis
from rlvis.attribution.straight_path import compile_path
from rlvis.attribution.targets import VALUE, Target
from rlvis.layer_activations import LayerActivations
from rlvis.layer_maps import attribution_batches
from rlvis.networks.taps import TapDescription
from rlvis.options import RunOptions
from rlvis.parallel.batches import batch_devices
from rlvis.stages.stage_files import StageFiles


@contextmanager
def compiled_ahead(checkpoint, options: RunOptions, taps: Sequence[TapDescription], targets: Sequence[Target], stages: StageFiles) -> Iterator[None]:
    """A thread compiles as long as the caller is inside, and nothing was reused: nobody knows then what will be needed.

    What it does not get to is compiled when it is first called. Where the caller fails, the program in the making is waited for: nothing is
    left behind that still compiles.
    """
    stop = threading.Event()

    def work():
        examples, shown = options.observations, options.trajectories
        for_features = LayerActivations(checkpoint, options, taps, examples.num_envs * examples.num_obs), [VALUE], bool(options.nmf_features)
        for_maps = LayerActivations(checkpoint, options, taps, shown.num_envs * shown.num_steps), targets, options.attr_max_paths is None and not options.attr_memory
        for tap in taps:
            for activations, attributed, wanted in (for_features, for_maps):
                for device in batch_devices():
                    if stop.is_set() or stages.reused:
                        return
                    # What goes wrong here will go wrong again where somebody is told.
                    if wanted:
                        with jax.default_device(device), suppress(Exception):
                            compile_layer(checkpoint, options, tap, attributed, activations)

    thread = threading.Thread(target=work, name="rlvis-compiling")
    thread.start()
    try:
        yield
    except BaseException:
        stop.set()
        thread.join()
        raise
    finally:
        stop.set()


def compile_layer(checkpoint, options: RunOptions, tap: TapDescription, targets: Sequence[Target], activations: LayerActivations) -> None:
    """Compile what `integrated_gradients` of these targets at a layer calls, for JAX's default device."""
    network, parameters = checkpoint.network, checkpoint.parameters
    batch_size, _ = attribution_batches(options, tap, len(targets))
    basis, _ = target_basis(tuple(targets), network.num_actions)
    activations.compile(tap.name, batch_size)
    compile_path(network, parameters, tap, basis, batch_size)
