"""Rollouts on disk: play once, make interfaces from it anywhere, without an emulator."""

import json
import zipfile
from collections.abc import Sequence

import numpy as np

from rlvis.errors import RolloutError
from rlvis.file_replacement import replace_file
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory

FORMAT = "rlvis-rollouts"


def save_rollouts(path, trajectories: Sequence[Trajectory], examples: ExampleObservations | None = None, description: dict | None = None) -> None:
    """Write trajectories and example observations to one `.npz` file, all at once or not at all.

    Args:
        path: the file.
        trajectories: what to keep.
        examples: example observations, if any.
        description: plain data about where they come from.
    """
    arrays = {"header": np.frombuffer(json.dumps({"format": FORMAT, "version": 1, "trajectories": len(trajectories), "description": description or {}}).encode(), np.uint8)}
    for index, trajectory in enumerate(trajectories):
        arrays |= trajectory.to_arrays(f"trajectory-{index}/")
    if examples is not None:
        arrays |= examples.to_arrays("examples/")
    replace_file(path, lambda stream: np.savez_compressed(stream, **arrays))


def load_rollouts(path) -> tuple[list[Trajectory], ExampleObservations | None, dict]:
    """The trajectories, example observations and description in a file that `save_rollouts` wrote.

    Raises:
        RolloutError: if the file is missing, damaged or something else.
    """
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(bytes(arrays.pop("header")))
        if header["format"] != FORMAT:
            raise RolloutError(f"{path} holds {header['format']!r}; expected {FORMAT!r}")
        trajectories = [Trajectory.from_arrays(arrays, f"trajectory-{index}/") for index in range(header["trajectories"])]
    except FileNotFoundError as error:
        raise RolloutError(f"there is no rollout file {path}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise RolloutError(f"{path} is not a file of rollouts that rlvis wrote, or it is damaged: {error}") from error
    examples = ExampleObservations.from_arrays(arrays, "examples/") if "examples/observations" in arrays else None
    return trajectories, examples, header["description"]
