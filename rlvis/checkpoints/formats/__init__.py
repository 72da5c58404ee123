"""The ways in which checkpoints are stored, one a file, in the order in which a file is tried for them."""

from rlvis.checkpoints.formats import joblib_pickle, plain_pickle, safetensors_file, torch_legacy, torch_zip

FORMATS = {module.FORMAT.name: module.FORMAT for module in (torch_zip, torch_legacy, joblib_pickle, plain_pickle, safetensors_file)}
