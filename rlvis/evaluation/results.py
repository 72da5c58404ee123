"""The results of an evaluation: `results.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.errors import OptionError
from rlvis.evaluation.options import EvaluationOptions
from rlvis.evaluation.play import Episode, evaluation_environment
from rlvis.file_replacement import replace_file
from rlvis.statistics import bootstrap_interval, interquartile_mean

FILE = "results.json"


def summarize(checkpoint: Checkpoint, episodes: Sequence[Episode], options: EvaluationOptions) -> dict[str, Any]:
    """Rewards, lengths and times environment by environment, episodes each really ended, and a summary of the rewards.

    Args:
        checkpoint: the agent.
        episodes: all that ended, in that order.
        options: of the evaluation.

    Raises:
        OptionError: if no episode counts.
    """
    by_environment = [[episode for episode in episodes if episode.environment == number] for number in range(options.num_env)]
    counted = [episode for found in by_environment for episode in found[: options.evals_per_env]]
    if not counted:
        raise OptionError("no episode ended; give a larger --max-steps")
    rewards = np.array([episode.reward for episode in counted])
    return {
        "rewards": rewards.tolist(),
        "lengths": [episode.length for episode in counted],
        "elapsed_time": [round(episode.elapsed, 6) for episode in counted],
        "done_per_env": [len(found) for found in by_environment],
        "summary": summarize_rewards(rewards),
        "checkpoint": checkpoint.path,
        "sha256": checkpoint.sha256,
        "environment": evaluation_environment(checkpoint, options).to_json(),
        "options": asdict(options),
    }


def summarize_rewards(rewards: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """Mean and interquartile mean with 95 % bootstrap intervals over episodes, and the spread."""
    return {
        "episodes": len(rewards),
        "mean": float(rewards.mean()),
        "mean_interval": list(bootstrap_interval(rewards, seed=seed)),
        "interquartile_mean": float(interquartile_mean(rewards)),
        "interquartile_mean_interval": list(bootstrap_interval(rewards, interquartile_mean, seed=seed)),
        "median": float(np.median(rewards)),
        "standard_deviation": float(rewards.std()),
        "minimum": float(rewards.min()),
        "maximum": float(rewards.max()),
    }


def write_results(directory, results: Mapping[str, Any]) -> Path:
    """Write `results.json`; one that is there is replaced in one step.

    Raises:
        OutputError: if it cannot be written.
    """
    content = json.dumps(results, indent=4, allow_nan=False) + "\n"
    return replace_file(Path(directory) / FILE, lambda stream: stream.write(content.encode()))
