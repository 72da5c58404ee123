"""`rlvis saliency`: a video or pictures of what an agent looks at."""

from rlvis.command_line.arguments import add_options, read_options
from rlvis.command_line.checkpoint_arguments import add_checkpoint_arguments, loading_arguments
from rlvis.saliency_video.options import SaliencyVideoOptions


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("saliency", help="a video or pictures with saliency over the play", description="Let an agent play, and write a video or pictures of what its outputs depend on.")
    add_checkpoint_arguments(parser)
    parser.add_argument("-o", "--output", required=True, metavar="PATH", help="what to write: FILE.mp4, .webm or .mkv (need rlvis[video]), .gif, or FILE.png or a folder for one picture a frame")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    add_options(parser, SaliencyVideoOptions)
    parser.set_defaults(command=saliency)


def saliency(arguments):
    """Run the command."""
    options = read_options(arguments, SaliencyVideoOptions)
    from rlvis.checkpoints import load
    from rlvis.saliency_video.clip import make_video
    from rlvis.saliency_video.picture_files import numbered, picture_path

    count = make_video(load(arguments.checkpoint, **loading_arguments(arguments)), arguments.output, options, arguments.quiet)
    written = picture_path(arguments.output)
    if written.suffix == ".png":
        print(f"wrote {numbered(written, 0)} to {numbered(written, count - 1).name}")
    else:
        print(f"wrote {written}")
