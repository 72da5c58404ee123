"""Settings of published experiments, by name."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from rlvis.errors import OptionError

PRESETS: Mapping[str, Mapping[str, Any]] = {
    # Cobbe et al. 2020, "Leveraging procedural generation to benchmark reinforcement learning", appendix on hyperparameters.
    "procgen": {},
    # The DTU course project on Procgen, with its value loss as meant: towards the return, clipped to within ±ε of the old value.
    "dtu": {
        "network": "impala", "total_steps": 8_000_000, "num_envs": 32, "minibatches": 16, "gamma": 0.99, "advantage_normalization": "batch",
        "reward_processing": "none", "value_clipping": False, "distribution_mode": "easy",
    },
    # Nikulin et al. 2019, "Free-lunch saliency via attention in Atari agents", appendix on training (PPO2's Atari defaults).
    "fls": {
        "environment": "BreakoutNoFrameskip-v4", "network": "cnn_sparse_fls", "total_steps": 50_000_000, "num_envs": 8, "num_steps": 128, "minibatches": 4, "epochs": 4,
        "learning_rate": 2.5e-4, "learning_rate_schedule": "linear", "clip": 0.1, "gamma": 0.99, "reward_processing": "clip", "seed": 1, "free_lunch_outputs": True,
    },
}


def preset(name: str) -> dict[str, Any]:
    """The options that a preset sets.

    Raises:
        OptionError: if there is none of that name.
    """
    if name not in PRESETS:
        near = get_close_matches(name, PRESETS, 1)
        raise OptionError(f"unknown preset {name!r}{f'; did you mean {near[0]!r}?' if near else ''}; there are {', '.join(PRESETS)}")
    return dict(PRESETS[name])
