"""`rlvis edit`: a checkpoint blind to features of a layer."""

from pathlib import Path

from rlvis.command_line.arguments import add_options, read_options
from rlvis.command_line.checkpoint_arguments import add_checkpoint_arguments, loading_arguments
from rlvis.errors import OutputError
from rlvis.options import RunOptions


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser(
        "edit", help="make a checkpoint blind to a feature",
        description="Make an agent blind to features of a layer: nothing that reads the layer sees their directions any more. Give the options that rlvis run was given, so that the features are those of its page.",
    )  # fmt: skip
    add_checkpoint_arguments(parser)
    parser.add_argument("--layer", required=True, metavar="LAYER", help="the layer, as the page names it")
    parser.add_argument("--feature", required=True, nargs="+", type=int, metavar="NUMBER", help="the features' numbers in the page's legend, from 1 on")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="the checkpoint to write, in rlvis's own format")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    add_options(parser, RunOptions)
    parser.set_defaults(command=edit)


def edit(arguments) -> int:
    """Run the command."""
    options, given = read_options(arguments, RunOptions), loading_arguments(arguments)
    output = Path(arguments.output)
    if output.exists() and not arguments.overwrite:
        raise OutputError(f"{output} exists; choose another name, or give --overwrite")
    from rlvis.checkpoints import load, save
    from rlvis.model_editing import edit_checkpoint

    edited = edit_checkpoint(load(arguments.checkpoint, **given), arguments.layer, arguments.feature, options)
    save(output, edited)
    print(f"wrote {output}: {edited.notes[-1]}")
    return 0
