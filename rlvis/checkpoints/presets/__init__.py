"""Kinds of networks known by their tensors' names and shapes, one a file, in the order in which they are tried."""

from rlvis.checkpoints.presets import own, procgen_pytorch, reference

PRESETS = {module.PRESET.name: module.PRESET for module in (own, reference, procgen_pytorch)}
