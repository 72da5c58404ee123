"""Stable-Baselines 2's zip files: JSON, the parameters as a NumPy archive, and the list of their names."""

import json

from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.formats.numpy_archive import read_arrays_from
from rlvis.checkpoints.formats.stable_baselines3 import plain_fields
from rlvis.checkpoints.formats.zip_archive import member_names, open_archive
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.errors import CheckpointError


def recognise(file: OpenedFile) -> bool:
    """A zip archive with parameters and their list."""
    names = member_names(file)
    return "parameters" in names and "parameter_list" in names


def read(file: OpenedFile) -> Contents:
    """The parameters by their variables' names; of the data, the fields that are plain JSON."""
    archive = open_archive(file)
    try:
        names = json.loads(archive.read("parameter_list"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"the member 'parameter_list' is no JSON ({error}); the file is damaged") from error
    arrays = read_arrays_from(archive.read("parameters"), file.budget)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise CheckpointError("the member 'parameter_list' is no list of names; the file is damaged")
    missing = [name for name in names if name not in arrays]
    if missing:
        raise CheckpointError(f"parameter {missing[0][:100]!r} is listed, but not among the parameters; the file is damaged")
    metadata = plain_fields(archive.read("data")) if "data" in archive else {}
    return Contents("stable-baselines2", "Stable-Baselines 2 file", {name: arrays[name] for name in names}, "tensorflow", metadata)


FORMAT = Format("stable-baselines2", "Stable-Baselines 2 zip file", recognise, read)
