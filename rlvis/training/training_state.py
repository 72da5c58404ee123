"""A run's whole state as named arrays, so that it can be resumed bit for bit."""

from dataclasses import replace

import jax
import numpy as np

from rlvis.errors import OutputError


def tree_to_arrays(prefix: str, tree) -> dict[str, np.ndarray]:
    """The leaves of a pytree as `{prefix/path: array}`."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {f"{prefix}/{jax.tree_util.keystr(path)}": np.asarray(leaf) for path, leaf in leaves}


def tree_from_arrays(prefix: str, like, arrays):
    """The inverse of `tree_to_arrays` for a pytree of the same structure.

    Raises:
        OutputError: if a leaf is missing or has another shape.
    """
    leaves, structure = jax.tree_util.tree_flatten_with_path(like)
    found = []
    for path, leaf in leaves:
        name = f"{prefix}/{jax.tree_util.keystr(path)}"
        if name not in arrays or arrays[name].shape != np.shape(leaf):
            there = f"shape {arrays[name].shape}" if name in arrays else "nothing"
            raise OutputError(f"the saved state has {there} for {name}, expected shape {np.shape(leaf)}: it belongs to a run with another network or optimizer")
        found.append(np.asarray(arrays[name], np.asarray(leaf).dtype))
    return jax.tree.unflatten(structure, found)


def collector_to_arrays(prefix: str, collector) -> dict[str, np.ndarray]:
    """Where a group of environments stands: emulators, what they show, memory, counts."""
    arrays = {
        "steps_taken": np.int64(collector.steps_taken),
        "observations": np.array(collector.moment.observations),
        "firsts": np.array(collector.moment.firsts),
        "episode_returns": np.array(collector.episodes.returns),
        "episode_lengths": np.array(collector.episodes.lengths),
        **{f"rewards/{name}": np.array(array) for name, array in collector.process_rewards.state().items()},
    }
    for n, saved in enumerate(save_emulators(collector.environment)):
        arrays[f"emulators/{n}"] = np.frombuffer(saved, np.uint8)
    if collector.state is not None:
        arrays |= tree_to_arrays("memory", collector.state)
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def save_emulators(environment) -> list[bytes]:
    """Each environment's saved state; none where the emulator cannot save."""
    return environment.get_state() if environment.supports_state else []


def restore_collector(prefix: str, collector, arrays) -> bool:
    """Put a group of environments back where `collector_to_arrays` found it.

    Returns:
        Whether the emulators could be put back too; otherwise they start new episodes.
    """
    saved = {name.removeprefix(f"{prefix}/"): array for name, array in arrays.items() if name.startswith(f"{prefix}/")}
    collector.steps_taken = int(saved["steps_taken"])
    collector.process_rewards.restore({name.removeprefix("rewards/"): array for name, array in saved.items() if name.startswith("rewards/")})
    emulators = [saved[f"emulators/{n}"].tobytes() for n in range(len(saved["firsts"])) if f"emulators/{n}" in saved]
    if not emulators:
        return False
    collector.environment.set_state(emulators)
    collector.moment = replace(collector.moment, observations=saved["observations"], firsts=saved["firsts"])
    collector.episodes.returns[:], collector.episodes.lengths[:] = saved["episode_returns"], saved["episode_lengths"]
    if collector.state is not None:
        collector.state = jax.device_put(tree_from_arrays("memory", collector.state, saved), collector.device)
    return True

