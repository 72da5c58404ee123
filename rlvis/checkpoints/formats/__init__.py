"""The ways in which checkpoints are stored, one a file, in the order in which a file is tried for them."""

from rlvis.checkpoints.formats import (
    flax_msgpack,
    free_lunch_saliency,
    hdf5_file,
    joblib_pickle,
    numpy_archive,
    orbax_directory,
    plain_pickle,
    safetensors_file,
    stable_baselines2,
    stable_baselines3,
    torch_legacy,
    torch_zip,
)

_ORDER = (
    free_lunch_saliency, orbax_directory, stable_baselines3, stable_baselines2, numpy_archive, torch_zip, torch_legacy, hdf5_file, joblib_pickle, plain_pickle,
    safetensors_file, flax_msgpack,
)  # fmt: skip
FORMATS = {module.FORMAT.name: module.FORMAT for module in _ORDER}
