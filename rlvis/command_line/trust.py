"""`rlvis trust`: whether to believe saliency maps of an agent."""

from rlvis.command_line.arguments import add_options, read_options
from rlvis.command_line.checkpoint_arguments import add_checkpoint_arguments, loading_arguments
from rlvis.trust.options import TrustOptions


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("trust", help="whether to believe saliency maps", description="Judge saliency methods by an agent's play: insertion and deletion, randomized layers, agreement.")
    add_checkpoint_arguments(parser)
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="directory for trust.json and trust.html; made if it is not there")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    add_options(parser, TrustOptions)
    parser.set_defaults(command=trust)


def trust(arguments):
    """Run the command."""
    options = read_options(arguments, TrustOptions)
    from rlvis.checkpoints import load
    from rlvis.trust.assessment import assess
    from rlvis.trust.report import write_trust_report

    result = assess(load(arguments.checkpoint, **loading_arguments(arguments)), options, arguments.quiet)
    print(f"wrote {write_trust_report(arguments.output, result)}")
