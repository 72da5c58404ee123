"""`rlvis evaluate`: how well an agent plays."""

from rlvis.command_line.arguments import add_options, read_options
from rlvis.command_line.checkpoint_arguments import add_checkpoint_arguments, loading_arguments
from rlvis.evaluation.options import EvaluationOptions


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("evaluate", help="returns over episodes, and videos", description="Let an agent play; writes results.json and, if asked for, videos.")
    add_checkpoint_arguments(parser)
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="directory to write; made if it is not there")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_options(parser, EvaluationOptions)
    parser.set_defaults(command=evaluate)


def evaluate(arguments):
    """Run the command."""
    options = read_options(arguments, EvaluationOptions)
    from rlvis.checkpoints import load
    from rlvis.evaluation.evaluate import run_evaluation

    checkpoint = load(arguments.checkpoint, **loading_arguments(arguments))
    summary = run_evaluation(checkpoint, arguments.output, options, arguments.quiet)["summary"]
    for name, title in (("mean", "mean"), ("interquartile_mean", "interquartile mean")):
        low, high = summary[f"{name}_interval"]
        print(f"{title} {summary[name]:g} (95 % interval {low:g} to {high:g}) over {summary['episodes']} episodes")
    print(f"wrote results.json to {arguments.output}")
