"""`rlvis train`: an environment becomes an agent."""

import argparse
from dataclasses import fields

from rlvis.command_line.arguments import add_options
from rlvis.errors import OptionError
from rlvis.training.options import TrainingOptions
from rlvis.training.presets import PRESETS

DESCRIPTION = """Train an agent with PPO. The run's directory gets config.json, progress.csv, checkpoints and report.html.
Under mpiexec, processes share the work. Ctrl-C and SIGTERM save first; --resume goes on from there."""


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("train", help="train an agent", description=DESCRIPTION)
    parser.add_argument("environment", nargs="?", metavar="ENV", default=argparse.SUPPRESS, help="a Procgen game, or an Atari game such as BreakoutNoFrameskip-v4")
    parser.add_argument("-o", "--output", required=True, metavar="RUN", help="the run's directory")
    parser.add_argument("--preset", metavar="NAME", help=f"settings of a published experiment ({', '.join(PRESETS)}); options given here go before")
    parser.add_argument("--resume", action="store_true", help="go on with the run in RUN; options given here replace its own")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_options(parser, TrainingOptions)
    parser.set_defaults(command=train)


def train(arguments):
    """Run the command."""
    given = {item.name: getattr(arguments, item.name) for item in fields(TrainingOptions) if hasattr(arguments, item.name)}
    if not arguments.resume and "environment" not in given and arguments.preset != "fls":
        raise OptionError("say what to train on: rlvis train ENV -o RUN, such as rlvis train coinrun -o runs/coinrun")
    from rlvis.training.devices import prepare_devices

    prepare_devices()
    from rlvis.parallel.communicator import communicator
    from rlvis.reports import write_report
    from rlvis.training.progress import TrainingProgress
    from rlvis.training.train import train as train_agent

    first = communicator().rank == 0
    with TrainingProgress(quiet=arguments.quiet or not first) as progress:
        try:
            best = train_agent(output=arguments.output, preset=arguments.preset, resume=arguments.resume, report=progress, **given)
        finally:
            if first and progress.rows:
                write_report(arguments.output)
    if first:
        print(f"the best agent is {best}; its curves are in {arguments.output}/report.html")
