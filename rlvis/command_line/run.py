"""`rlvis run`: a checkpoint becomes an interface."""

from rlvis.command_line.arguments import add_options, read_options
from rlvis.command_line.checkpoint_arguments import add_checkpoint_arguments, loading_arguments
from rlvis.options import RunOptions


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("run", help="play a checkpoint and write the interface", description="Play a checkpoint and write the interface that explains it.")
    add_checkpoint_arguments(parser)
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="directory to write; made if it is not there")
    add_options(parser, RunOptions)
    parser.set_defaults(command=run)


def run(arguments):
    """Run the command."""
    options, given = read_options(arguments, RunOptions), loading_arguments(arguments)
    from rlvis.checkpoints import load
    from rlvis.parallel.communicator import communicator
    from rlvis.pipeline import write_interface

    page = write_interface(load(arguments.checkpoint, **given), arguments.output, options)
    if communicator().rank == 0:
        print(f"wrote {page}")
