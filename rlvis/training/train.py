"""`rlvis.train`: a whole training run from Python."""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rlvis import __version__
from rlvis.checkpoints.free_lunch_run import gym_id
from rlvis.environments import make_environment
from rlvis.errors import OptionError
from rlvis.options import make_options
from rlvis.training.events import EventWriter
from rlvis.training.free_lunch_outputs import FreeLunchOutputs
from rlvis.training.options import SAME, TrainingOptions
from rlvis.training.presets import preset as preset_options
from rlvis.training.run_directory import RunDirectory


def train(environment: str | None = None, output=None, *, preset: str | None = None, resume: bool = False, report: Callable[[dict], None] = lambda row: None,
          make: Callable = make_environment, **options) -> Path:
    """Train an agent with PPO; under `mpiexec`, every process calls this and they share the work.

    Args:
        environment: what to play, such as "coinrun" or "BreakoutNoFrameskip-v4"; not given when resuming.
        output: the run's directory.
        preset: settings of a published experiment ("procgen", "dtu", "fls"); options given here go before.
        resume: go on with the run in `output`; options given here replace those it was started with.
        report: called with a dictionary of the columns of `progress.csv` after each iteration.
        make: makes environments from `(specification, num_envs, seed)`.
        **options: fields of `TrainingOptions`.

    Returns:
        The path of the best checkpoint; `rlvis.reports.write_report(output)` draws the run's curves.

    Raises:
        OptionError: for unknown or impossible options.
        OutputError: if the directory cannot be used.
    """
    from rlvis.training.trainer import Trainer

    if output is None:
        raise OptionError("train needs an output directory")
    run = RunDirectory(output)
    options = {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in options.items()}
    given = {**(preset_options(preset) if preset else {}), **({"environment": environment} if environment else {}), **options}
    if not resume and options.get("start_from") and "network" not in options:
        given["network"] = SAME
    network = None
    if resume:
        recorded, config = run.read_config()
        check_start(recorded, options)
        given, network = {**asdict(recorded), **given}, config.get("network_description")
    trainer = Trainer(make_options(TrainingOptions, given), run, make=make, report=report, resumed=network)
    try:
        start(trainer, resume)
        trainer.run()
    finally:
        trainer.close()
    return run.best


def check_start(recorded: TrainingOptions, given: Mapping[str, Any]) -> None:
    """Refuse to start a run from an agent that it did not start from.

    Args:
        recorded: what the run was started with.
        given: the options for going on with it.

    Raises:
        OptionError: if they name another agent.
    """
    if given.get("start_from", recorded.start_from) != recorded.start_from:
        raise OptionError(f"the run started from {recorded.start_from or 'fresh parameters'} and goes on with what it has learned; to start from {given['start_from']} choose another directory, without --resume")


def start(trainer, resume: bool) -> None:
    """Make the run's directory, or go on with what is in it."""
    extra = {"rlvis": __version__, "action_names": list(trainer.action_names), "network": trainer.network.name, "network_description": trainer.network.description,
             "environment": trainer.specification.to_json(), "env_name": gym_id(trainer.specification)}
    if resume:
        trainer.resume()
    if trainer.communicator.rank == 0:
        write = trainer.run_directory.write_config if resume else trainer.run_directory.create
        write(trainer.options, extra)
        path = trainer.run_directory.path
        if trainer.options.tensorboard:
            trainer.events = EventWriter(path / "events", trainer.steps)
        if trainer.options.free_lunch_outputs:
            trainer.free_lunch_outputs = FreeLunchOutputs(path, trainer.options, gym_id(trainer.specification), trainer.iteration)
    trainer.communicator.barrier()
