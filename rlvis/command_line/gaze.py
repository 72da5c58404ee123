"""`rlvis gaze`: how well an agent's saliency agrees with where people look."""

from rlvis.command_line.arguments import add_options, read_options
from rlvis.command_line.checkpoint_arguments import add_checkpoint_arguments, loading_arguments
from rlvis.gaze.options import GazeOptions


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser(
        "gaze", help="agreement of saliency with human gaze", description="Replay people's games to an agent, and compare its saliency with where they looked; writes gaze.html, gaze.json and gaze.npz."
    )
    add_checkpoint_arguments(parser)
    parser.add_argument("--atari-head", required=True, metavar="DIR", help="directory of the Atari-HEAD dataset: meta_data.csv, and below it, in folders or not, NUMBER_….tar.bz2 and NUMBER_….txt of each trial; the zip files of whole games have to be unpacked")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="directory to write; made if it is not there")
    parser.add_argument("--video", choices=("mkv", "mp4", "webm"), help="also write a video of each trial: pictures and observations with saliency and fixations")
    parser.add_argument("--rollouts", metavar="FILE", help="also write the trials as a file of rollouts with the gaze, for rlvis run --no-load-resample --load-trajectories-path FILE")
    parser.add_argument("--rollout-steps", type=int, default=512, metavar="N", help="observations of each trial in that file (default: 512)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_options(parser, GazeOptions)
    parser.set_defaults(command=gaze)


def gaze(arguments):
    """Run the command."""
    options = read_options(arguments, GazeOptions)
    from rlvis.checkpoints import load
    from rlvis.file_replacement import check_directory
    from rlvis.gaze.results import ARRAYS, RESULTS, measure_agreement, write_results
    from rlvis.reports.gaze_page import PAGE, write_gaze_page
    from rlvis.video import require_video

    check_directory(arguments.output)
    if arguments.video:
        require_video()
    checkpoint = load(arguments.checkpoint, **loading_arguments(arguments))
    measurement = measure_agreement(checkpoint, arguments.atari_head, options, arguments.quiet)
    write_results(arguments.output, measurement)
    write_gaze_page(arguments.output, measurement)
    if arguments.video:
        from rlvis.gaze.trial_video import record_trial

        for agreement in measurement.agreements:
            record_trial(f"{arguments.output}/trial-{agreement.trial.number}.{arguments.video}", checkpoint, agreement, options)
    if arguments.rollouts:
        from rlvis.gaze.trajectories import save_gaze_rollouts

        save_gaze_rollouts(arguments.rollouts, checkpoint, measurement.agreements, options, arguments.rollout_steps)
    for source, metrics in measurement.summary["overall"].items():
        scores = "  ".join(f"{metric} {_number(score['mean'])}" for metric, score in metrics.items())
        print(f"{source:>18}  {scores}")
    print(f"wrote {PAGE}, {RESULTS} and {ARRAYS} to {arguments.output}")


def _number(value):
    return "    –" if value is None else f"{value:5.3f}"
