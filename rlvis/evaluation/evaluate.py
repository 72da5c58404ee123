"""`rlvis.evaluate`: episodes, results and videos."""

from pathlib import Path
from typing import Any

from rlvis.checkpoints import Checkpoint, load
from rlvis.evaluation.options import EvaluationOptions
from rlvis.evaluation.play import evaluation_environment, play
from rlvis.evaluation.recording import record, rendered_attention, wanted
from rlvis.evaluation.results import summarize, write_results
from rlvis.file_replacement import check_directory
from rlvis.options import make_options
from rlvis.progress import progress_bar
from rlvis.video import require_video


def evaluate(checkpoint, output, *, quiet: bool = False, **options) -> dict[str, Any]:
    """Let an agent play, and write `results.json` and videos.

    Args:
        checkpoint: a path to a checkpoint, or a `Checkpoint`.
        output: the directory to write to; made if it is not there.
        quiet: no progress bars.
        **options: fields of `EvaluationOptions` by name.

    Returns:
        What is in `results.json`.

    Raises:
        RlvisError: for anything the caller can put right.
    """
    chosen = make_options(EvaluationOptions, options)
    if not isinstance(checkpoint, Checkpoint):
        checkpoint = load(checkpoint)
    return run_evaluation(checkpoint, output, chosen, quiet)


def run_evaluation(checkpoint: Checkpoint, output, options: EvaluationOptions, quiet: bool = False) -> dict[str, Any]:
    """As `evaluate`, with the options as a dataclass."""
    evaluation_environment(checkpoint, options)
    if wanted(options):
        require_video()
    check_directory(output)
    episodes, largest, steps = [], 0.0, 0
    with progress_bar("evaluation", options.num_env * options.evals_per_env, unit="episode", quiet=quiet) as advance:
        for step in play(checkpoint, options):
            episodes += step.episodes
            steps += 1
            advance(sum(bool(step.active[episode.environment]) for episode in step.episodes))
            if wanted(options) and step.decision.attention is not None:
                largest = max(largest, float(rendered_attention(checkpoint, step)[step.active].max(initial=0)))
    results = summarize(checkpoint, episodes, options)
    write_results(output, results)
    if wanted(options):
        with progress_bar("video", steps, quiet=quiet) as advance:
            record(checkpoint, Path(output), options, largest, advance)
    return results
