"""`rlvis demo`: the interface of the agent that ships with rlvis."""

from rlvis.command_line.arguments import add_options, read_options
from rlvis.options import ObservationOptions, RunOptions, TrajectoryOptions

# Enough to see what the agent does, in a few minutes on a laptop.
DEMO = RunOptions(trajectories=TrajectoryOptions(4, 256), observations=ObservationOptions(16, 32, 24), title="CoinRun · the agent that ships with rlvis")


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("demo", help="write the interface of the agent that ships with rlvis", description="Write the interface of the agent that ships with rlvis.")
    parser.add_argument("-o", "--output", default="rlvis-demo", metavar="DIR", help="directory to write (default: rlvis-demo)")
    add_options(parser, RunOptions, defaults=DEMO)
    parser.set_defaults(command=demo)


def demo(arguments):
    """Run the command."""
    options = read_options(arguments, RunOptions, DEMO)
    from rlvis.parallel.communicator import communicator
    from rlvis.pipeline import write_interface
    from rlvis.resources import demo_checkpoint

    page = write_interface(demo_checkpoint(), arguments.output, options)
    if communicator().rank == 0:
        print(f"wrote {page}\nopen it in a browser")
