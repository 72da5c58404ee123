"""Rollouts on disk: play once, make interfaces from it anywhere, without an emulator."""

import json
import math
import zipfile
import zlib
from collections.abc import Iterable

import numpy as np

from rlvis.array_archive import read_archive, write_archive
from rlvis.errors import RolloutError
from rlvis.file_replacement import replace_file
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory, is_large

FORMAT = "rlvis-rollouts"


def save_rollouts(path, trajectories: Iterable[Trajectory], examples: ExampleObservations | None = None, description: dict | None = None) -> None:
    """Write trajectories and example observations to one `.npz` file, all at once or not at all.

    Args:
        path: the file.
        trajectories: what to keep; one is needed at a time.
        examples: example observations, if any.
        description: plain data about where they come from.
    """
    def arrays():
        count = 0
        for trajectory in trajectories:
            yield from trajectory.to_arrays(f"trajectory-{count}/").items()
            count += 1
        if examples is not None:
            yield from examples.to_arrays("examples/").items()
        header = {"format": FORMAT, "version": 1, "trajectories": count, "description": description or {}}
        yield "header", np.frombuffer(json.dumps(header).encode(), np.uint8)

    replace_file(path, lambda stream: write_archive(stream, arrays(), compressed=True))


def load_rollouts(path, limit: float = math.inf, share: tuple[int, int] = (0, 1)) -> tuple[list[Trajectory], ExampleObservations | None, dict]:
    """The trajectories, example observations and description in a file that `save_rollouts` wrote.

    Args:
        path: the file.
        limit: bytes of all trajectories that may be held in memory, and of the example observations; more go to temporary files.
        share: `(rank, size)`: read only every `size`-th trajectory, from number `rank` on.

    Raises:
        RolloutError: if the file is missing, damaged or something else.
    """
    try:
        with open(path, "rb") as opened:
            header = json.loads(bytes(read_archive(opened, wanted=lambda name: name == "header")["header"]))
            if header["format"] != FORMAT:
                raise RolloutError(f"{path} holds {header['format']!r}; expected {FORMAT!r}")
            prefixes = [f"trajectory-{index}/" for index in range(share[0], header["trajectories"], share[1])]
            arrays = read_archive(opened, _is_large(limit, len(prefixes)), lambda name: name.startswith((*prefixes, "examples/")))
        trajectories = [Trajectory.from_arrays(arrays, prefix) for prefix in prefixes]
    except FileNotFoundError as error:
        raise RolloutError(f"there is no rollout file {path}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise RolloutError(f"{path} is not a file of rollouts that rlvis wrote, or it is damaged: {error}") from error
    examples = ExampleObservations.from_arrays(arrays, "examples/") if "examples/observations" in arrays else None
    return trajectories, examples, header["description"]


def _is_large(limit, trajectories):
    def large(name, size):
        owner, _, part = name.partition("/")
        return is_large(part, size, limit if owner == "examples" else limit / trajectories)

    return large
