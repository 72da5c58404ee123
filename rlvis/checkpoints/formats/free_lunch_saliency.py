"""Run directories of Free-Lunch Saliency: `config.json` beside a joblib file of TensorFlow variables."""

import json

from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.formats import joblib_pickle
from rlvis.checkpoints.free_lunch_variables import variable_prefixes
from rlvis.checkpoints.opened_file import OpenedFile, open_file
from rlvis.checkpoints.pickles.plain_data import plain
from rlvis.errors import CheckpointError
from rlvis.networks.free_lunch_saliency import VARIANTS

_CONFIG, _MODEL = "config.json", "model.pkl"
_LARGEST_CONFIG = 1 << 20


def recognise(file: OpenedFile) -> bool:
    """A directory with both files."""
    return file.is_directory and all((file.path / name).is_file() for name in (_CONFIG, _MODEL))


def read(file: OpenedFile) -> Contents:
    """The variables by name, and the configuration."""
    config = file.path / _CONFIG
    if config.stat().st_size > _LARGEST_CONFIG:
        raise CheckpointError(f"{config} is larger than a configuration can be")
    try:
        metadata = json.loads(config.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{config} is no JSON ({str(error)[:100]})") from error
    if not isinstance(metadata, dict) or not isinstance(metadata.get("network"), str):
        raise CheckpointError(f'{config} does not name the network; expected {{"network": "cnn_sparse_fls", "env_name": …}}')
    model = joblib_pickle.read(open_file(file.path / _MODEL))
    return Contents("free-lunch-saliency", "Free-Lunch Saliency run", _named(model.tensors, metadata["network"]), "tensorflow", plain(metadata))


def _named(tensors, network):
    """Variables by name; a bare list gets the names that the graph's order implies, the optimizer's come after them."""
    if network not in VARIANTS or not all(name.isdigit() for name in tensors):
        return tensors
    names = [f"{prefix}/{part}:0" for prefix in variable_prefixes(network).values() for part in ("w", "b")]
    return dict(zip(names, tensors.values(), strict=False))


FORMAT = Format("free-lunch-saliency", "Free-Lunch Saliency run directory", recognise, read)
