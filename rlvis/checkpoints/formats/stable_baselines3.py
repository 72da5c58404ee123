"""Stable-Baselines3's zip files: a PyTorch file inside, beside it JSON with plain and pickled fields."""

import io
import json
from typing import Any

from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.formats.torch_any import read_torch
from rlvis.checkpoints.formats.zip_archive import member_names, open_archive
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.checkpoints.pickles.plain_data import named_arrays, plain
from rlvis.errors import CheckpointError

_POLICY = "policy.pth"


def recognise(file: OpenedFile) -> bool:
    """A zip archive with the policy, and mostly its data."""
    return _POLICY in member_names(file)


def read(file: OpenedFile) -> Contents:
    """The policy's tensors; of the data, the fields that are plain JSON."""
    archive = open_archive(file)
    metadata = plain_fields(archive.read("data")) if "data" in archive else {}
    tree = read_torch(io.BytesIO(archive.read(_POLICY)), file.budget)
    return Contents("stable-baselines3", "Stable-Baselines3 file", named_arrays(tree), "torch", metadata)


def plain_fields(data: bytes) -> dict[str, Any]:
    """The fields of the JSON that lies beside the parameters, without the pickled ones.

    Raises:
        CheckpointError: if it is no JSON object.
    """
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"the member 'data' is no JSON ({str(error)[:100]}); the file is damaged") from error
    if not isinstance(fields, dict):
        raise CheckpointError("the member 'data' is no object; the file is damaged")
    kept = {key: _without_pickles(value) for key, value in fields.items()}
    return plain({key: value for key, value in kept.items() if value is not None})


def _without_pickles(value):
    """A field without its pickled bytes; `None` if nothing is left of it."""
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if not str(key).startswith(":serialized") and item is not None}
        return value if set(value) - {":type:"} else None
    return value


FORMAT = Format("stable-baselines3", "Stable-Baselines3 zip file", recognise, read)
