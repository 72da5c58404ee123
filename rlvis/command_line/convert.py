"""`rlvis convert`: any known checkpoint as one of rlvis's own, or as a run of Free-Lunch Saliency."""

from pathlib import Path

from rlvis.command_line.checkpoint_arguments import add_checkpoint_arguments, loading_arguments
from rlvis.errors import OutputError


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("convert", help="rewrite a checkpoint in rlvis's own format", description="Rewrite any known checkpoint as one safetensors file that holds all there is to know of the agent.")
    add_checkpoint_arguments(parser)
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="the file to write; with --free-lunch-run, the directory")
    parser.add_argument("--half-precision", action="store_true", help="store numbers as float16: half the bytes, about three digits")
    parser.add_argument("--free-lunch-run", action="store_true", help="write a run directory of Free-Lunch Saliency, config.json and model.pkl, instead; for agents with one of its networks")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    parser.set_defaults(command=convert)


def convert(arguments) -> int:
    """Run the command."""
    given = loading_arguments(arguments)
    output = Path(arguments.output)
    if output.exists() and not arguments.overwrite:
        raise OutputError(f"{output} exists; choose another name, or give --overwrite")
    from rlvis.checkpoints import load, save
    from rlvis.checkpoints.free_lunch_run import save_free_lunch_run

    checkpoint = load(arguments.checkpoint, **given)
    if arguments.free_lunch_run:
        save_free_lunch_run(output, checkpoint)
    else:
        save(output, checkpoint, half_precision=arguments.half_precision)
    print(f"wrote {output}")
    return 0
