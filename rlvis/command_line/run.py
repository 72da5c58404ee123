"""`rlvis run`: a checkpoint becomes an interface."""

from rlvis.command_line.arguments import add_options, read_options
from rlvis.options import RunOptions


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("run", help="play a checkpoint and write the interface", description="Play a checkpoint and write the interface that explains it.")
    parser.add_argument("checkpoint", help="the checkpoint: any format that rlvis inspect recognises")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="directory to write; made if it is not there")
    add_options(parser, RunOptions)
    parser.set_defaults(command=run)


def run(arguments):
    """Run the command."""
    options = read_options(arguments, RunOptions)
    from rlvis.pipeline import write_interface

    page = write_interface(arguments.checkpoint, arguments.output, options)
    print(f"wrote {page}")
