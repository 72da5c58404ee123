"""Kinds of networks known by their tensors' names and shapes, one a file, in the order in which they are tried."""

from rlvis.checkpoints.presets import (
    baselines,
    by_shapes,
    cleanrl,
    flax_networks,
    free_lunch_saliency,
    kostrikov,
    own,
    pgx_minatar,
    phasic,
    procgen_pytorch,
    rainbow,
    reference,
    rl_a3c,
    stable_baselines3,
    strided_convolutions,
)

_ORDER = (
    own, reference, free_lunch_saliency, stable_baselines3, rainbow, cleanrl, procgen_pytorch, phasic, strided_convolutions, rl_a3c, kostrikov, baselines, pgx_minatar, flax_networks,
    by_shapes,
)  # fmt: skip
PRESETS = {module.PRESET.name: module.PRESET for module in _ORDER}
