"""Agreement with gaze over a game's trials: what is written, and how it is summarised."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.errors import OptionError
from rlvis.file_replacement import replace_file
from rlvis.gaze.agent_maps import choose_method, game_of, replay_options
from rlvis.gaze.agreement import TrialAgreement, blur_of, score_trial, trial_fixations
from rlvis.gaze.atari_head import TABLE, Trial, incomplete_trials, list_trials
from rlvis.gaze.controls import mean_fixation_map
from rlvis.gaze.frame_archive import frame_numbers
from rlvis.gaze.highlights import Highlights
from rlvis.gaze.matching import notes_on
from rlvis.gaze.metrics import LABELS, METRICS
from rlvis.gaze.options import GazeOptions
from rlvis.gaze.replay import count_observations
from rlvis.progress import progress_bar
from rlvis.statistics import bootstrap_interval

RESULTS, ARRAYS = "gaze.json", "gaze.npz"
# Observations that follow one another resemble each other: five seconds of play are resampled together.
INTERVAL_BLOCK = 75


@dataclass(frozen=True)
class Measurement:
    """Agreement over a game's trials.

    Attributes:
        summary: what `gaze.json` holds.
        agreements: scores of every observation, trial by trial.
        highlights: where agreement is best and worst.
    """

    summary: Mapping[str, Any]
    agreements: Sequence[TrialAgreement]
    highlights: Highlights


def measure_agreement(checkpoint: Checkpoint, directory, options: GazeOptions = GazeOptions(), quiet: bool = False) -> Measurement:
    """Score an agent's saliency on every trial of its game.

    Args:
        checkpoint: the agent.
        directory: of the dataset.
        options: how.
        quiet: no progress bar.

    Raises:
        DatasetError: if the dataset is incomplete or damaged.
        OptionError: if the options do not fit the agent or the dataset.
    """
    game = game_of(checkpoint, options)
    trials = _chosen(list_trials(directory, game), options.trials)
    replayed = replay_options(checkpoint)
    choose_method(checkpoint, options)
    fixations = [trial_fixations(trial, replayed, options) for trial in trials] if options.controls else []
    agreements, highlights = [], Highlights()
    counts = [count_observations(len(frame_numbers(trial.archive)), replayed) for trial in trials]
    total = sum(min(count, options.max_observations or count) for count in counts)
    with progress_bar("gaze", total, unit="observation", quiet=quiet) as advance:
        for index, trial in enumerate(trials):
            # The trial itself has no part in the map it is judged against, unless it is the only one.
            rest = [found for other, found in enumerate(fixations) if other != index or len(trials) == 1]
            mean_map = mean_fixation_map(rest, blur_of(options)) if rest else None
            agreements.append(score_trial(checkpoint, trial, options, mean_map=mean_map, highlights=highlights, advance=advance))
    notes = [note for trial in trials for note in notes_on(trial)]
    left_out = incomplete_trials(directory, game) if not options.trials else ()
    if left_out:
        notes.append(f"Left out, since their lines in {TABLE} have empty fields: {', '.join(map(str, left_out))}.")
    return Measurement(summarize(checkpoint, agreements, options, notes), agreements, highlights)


def _chosen(trials: Sequence[Trial], numbers: Sequence[str]) -> tuple[Trial, ...]:
    if not numbers:
        return tuple(trials)
    there = {str(trial.number): trial for trial in trials}
    for number in numbers:
        if number not in there:
            raise OptionError(f"there is no trial {number} of this game; there are {', '.join(there)}")
    return tuple(there[number] for number in numbers)


def summarize(checkpoint: Checkpoint, agreements: Sequence[TrialAgreement], options: GazeOptions, notes: Sequence[str] = ()) -> dict[str, Any]:
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
    alone = ["With one trial only, the mean fixation map is that of the trial itself, and the agreement with it is too good."] if options.controls and len(agreements) == 1 else []
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
        "notes": [*alone, *notes],
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


def write_results(output, measurement: Measurement) -> None:
    """Write `gaze.json`, and `gaze.npz` with arrays `TRIAL/SOURCE/METRIC` and `TRIAL/fixations`, one number per observation.

    Raises:
        OutputError: if they cannot be written.
    """
    agreements = measurement.agreements
    arrays = {f"{a.trial.number}/{source}/{metric}": values for a in agreements for source, metrics in a.scores.items() for metric, values in metrics.items()}
    arrays |= {f"{a.trial.number}/fixations": a.fixations for a in agreements}
    summary = json.dumps(measurement.summary, indent=2, allow_nan=False) + "\n"
    replace_file(Path(output) / ARRAYS, lambda stream: np.savez_compressed(stream, **arrays))
    replace_file(Path(output) / RESULTS, lambda stream: stream.write(summary.encode()))
