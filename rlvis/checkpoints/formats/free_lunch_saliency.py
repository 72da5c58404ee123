"""Run directories of Free-Lunch Saliency: a joblib file of TensorFlow variables, and mostly a `config.json`."""

import json

from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.formats import joblib_pickle
from rlvis.checkpoints.opened_file import OpenedFile, open_file
from rlvis.checkpoints.pickles.plain_data import plain
from rlvis.errors import CheckpointError

_CONFIG, _MODEL = "config.json", "model.pkl"
_LARGEST_CONFIG = 1 << 20


def recognise(file: OpenedFile) -> bool:
    """A directory with the variables; the published training program writes no configuration."""
    return file.is_directory and (file.path / _MODEL).is_file()


def read(file: OpenedFile) -> Contents:
    """The variables, and the configuration if there is one."""
    config = file.path / _CONFIG
    metadata = _read_config(config) if config.is_file() else {}
    model = joblib_pickle.read(open_file(file.path / _MODEL))
    return Contents("free-lunch-saliency", "Free-Lunch Saliency run", model.tensors, "tensorflow", plain(metadata))


def _read_config(config):
    if config.stat().st_size > _LARGEST_CONFIG:
        raise CheckpointError(f"{config} is larger than a configuration can be")
    try:
        metadata = json.loads(config.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{config} is no JSON ({str(error)[:100]})") from error
    if not isinstance(metadata, dict) or not isinstance(metadata.get("network", ""), str):
        raise CheckpointError(f'{config} is no configuration of a run; expected {{"network": "cnn_sparse_fls", "env_name": …}}')
    return metadata


FORMAT = Format("free-lunch-saliency", "Free-Lunch Saliency run directory", recognise, read)
