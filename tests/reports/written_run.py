"""Run directories without training."""

from rlvis.training.options import TrainingOptions
from rlvis.training.run_directory import RunDirectory


def write_run(path, returns, **options):
    """A run directory with one row per return, every second one evaluated."""
    run = RunDirectory(path)
    run.create(TrainingOptions(**{"num_envs": 4, "num_steps": 8, "total_steps": 1000, **options}), {"rlvis": "0"})
    for index, value in enumerate(returns):
        evaluated = (value + 1, 0.5) if index % 2 else (float("nan"), float("nan"))
        row = {"iteration": index + 1, "steps": 32 * (index + 1), "seconds": 1800.0 * (index + 1), "return_mean": float(value), "unseen_return": evaluated[0], "unseen_return_error": evaluated[1]}
        run.append_progress({**row, "entropy": 1.5, "imitation_loss": 0.0})
    return path
