"""Agreement with gaze over a game's trials: what is written, and how it is summarised."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.errors import OptionError
from rlvis.file_replacement import replace_file
from rlvis.gaze.agent_maps import choose_method, game_of, replay_options
from rlvis.gaze.agreement import TrialAgreement, blur_of, score_trial, trial_fixations
from rlvis.gaze.atari_head import Trial, list_trials
from rlvis.gaze.controls import mean_fixation_map
from rlvis.gaze.metrics import LABELS, METRICS
from rlvis.gaze.options import GazeOptions
from rlvis.gaze.replay import count_observations
from rlvis.progress import progress_bar
from rlvis.statistics import bootstrap_interval

RESULTS, ARRAYS = "gaze.json", "gaze.npz"
# Observations that follow one another resemble each other: five seconds of play are resampled together.
INTERVAL_BLOCK = 75


def measure_agreement(checkpoint: Checkpoint, directory, output, options: GazeOptions = GazeOptions(), quiet: bool = False) -> dict[str, Any]:
    """Score an agent's saliency on every trial of its game, and write `gaze.json` and `gaze.npz`.

    Args:
        checkpoint: the agent.
        directory: of the dataset.
        output: directory to write to; made if it is not there.
        options: how.
        quiet: no progress bar.

    Returns:
        What is in `gaze.json`.

    Raises:
        DatasetError: if the dataset is incomplete or damaged.
        OptionError: if the options do not fit the agent or the dataset.
        OutputError: if the results cannot be written.
    """
    trials = _chosen(list_trials(directory, game_of(checkpoint, options)), options.trials)
    replayed = replay_options(checkpoint)
    choose_method(checkpoint, options)
    fixations = [trial_fixations(trial, replayed, options) for trial in trials] if options.controls else []
    agreements = []
    total = sum(min(count_observations(trial.num_frames, replayed), options.max_observations or trial.num_frames) for trial in trials)
    with progress_bar("gaze", total, unit="observation", quiet=quiet) as advance:
        for index, trial in enumerate(trials):
            # The trial itself has no part in the map it is judged against, unless it is the only one.
            rest = [found for other, found in enumerate(fixations) if other != index or len(trials) == 1]
            mean_map = mean_fixation_map(rest, blur_of(options)) if rest else None
            agreements.append(score_trial(checkpoint, trial, options, mean_map=mean_map, advance=advance))
    result = summarize(checkpoint, agreements, options)
    write_results(output, result, agreements)
    return result


def _chosen(trials: Sequence[Trial], numbers: Sequence[str]) -> tuple[Trial, ...]:
    if not numbers:
        return tuple(trials)
    there = {str(trial.number): trial for trial in trials}
    for number in numbers:
        if number not in there:
            raise OptionError(f"there is no trial {number} of this game; there are {', '.join(there)}")
    return tuple(there[number] for number in numbers)


def summarize(checkpoint: Checkpoint, agreements: Sequence[TrialAgreement], options: GazeOptions) -> dict[str, Any]:
    """Means per trial and over trials, with intervals, as plain data.

    A trial's mean is over its observations where the metric is defined; its interval resamples runs of observations.
    The overall mean is over trials; its interval resamples trials, and is `None` with fewer than two.
    """
    method, target = choose_method(checkpoint, options)
    sources = list(agreements[0].scores)
    per_trial = [
        {
            "trial": agreement.trial.number,
            "game": agreement.trial.game,
            "observations": len(agreement.fixations),
            "observations_with_gaze": int((agreement.fixations > 0).sum()),
            "scores": {source: {metric: _of_series(agreement.scores[source][metric], options.seed) for metric in METRICS} for source in sources},
        }
        for agreement in agreements
    ]
    overall = {source: {metric: _of_trials([trial["scores"][source][metric]["mean"] for trial in per_trial], options.seed) for metric in METRICS} for source in sources}
    notes = ["With one trial only, the mean fixation map is that of the trial itself, and the agreement with it is too good."] if options.controls and len(agreements) == 1 else []
    return {
        "format": "rlvis-gaze",
        "version": 1,
        "checkpoint": checkpoint.path,
        "network": checkpoint.network.name,
        "method": method.name,
        "target": target.id,
        "options": asdict(options),
        "metrics": LABELS,
        "overall": overall,
        "trials": per_trial,
        "notes": notes,
    }


def _of_series(values, seed) -> dict[str, Any]:
    defined = values[np.isfinite(values)]
    if not len(defined):
        return {"mean": None, "interval": None, "defined": 0}
    return {"mean": float(defined.mean()), "interval": list(bootstrap_interval(defined, block=INTERVAL_BLOCK, seed=seed)), "defined": len(defined)}


def _of_trials(means, seed) -> dict[str, Any]:
    defined = [mean for mean in means if mean is not None]
    if not defined:
        return {"mean": None, "interval": None, "trials": 0}
    interval = list(bootstrap_interval(defined, seed=seed)) if len(defined) > 1 else None
    return {"mean": float(np.mean(defined)), "interval": interval, "trials": len(defined)}


def write_results(output, result: Mapping[str, Any], agreements: Sequence[TrialAgreement]) -> None:
    """Write `gaze.json`, and `gaze.npz` with arrays `TRIAL/SOURCE/METRIC` and `TRIAL/fixations`, one number per observation."""
    output = Path(output)
    arrays = {f"{a.trial.number}/{source}/{metric}": values for a in agreements for source, metrics in a.scores.items() for metric, values in metrics.items()}
    arrays |= {f"{a.trial.number}/fixations": a.fixations for a in agreements}
    replace_file(output / ARRAYS, lambda stream: np.savez_compressed(stream, **arrays))
    replace_file(output / RESULTS, lambda stream: stream.write((json.dumps(result, indent=2, allow_nan=False) + "\n").encode()))
