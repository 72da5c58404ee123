"""Agreement of an agent's saliency with a person's gaze over one trial, observation by observation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.errors import DatasetError
from rlvis.gaze.agent_maps import AGENT, agent_maps, replay_options
from rlvis.gaze.atari_head import Trial
from rlvis.gaze.controls import centre_bias
from rlvis.gaze.fixations import OBSERVATION_SIGMA, RAW_SHAPE, RAW_SIGMA, Fixations, collect_fixations, draw_others, fixation_density
from rlvis.gaze.highlights import Highlight, Highlights
from rlvis.gaze.matching import match_gaze
from rlvis.gaze.metrics import METRICS, score_map
from rlvis.gaze.options import GazeOptions
from rlvis.gaze.replay import ReplayOptions

CENTRE_BIAS, MEAN_FIXATIONS = "centre bias", "mean fixation map"


@dataclass(frozen=True)
class TrialAgreement:
    """Metrics of one trial.

    Attributes:
        trial: which.
        scores: by source ("agent" and the controls) and metric, `(N,)` float64, NaN where undefined.
        fixations: `(N,)` int, how many fixations each observation has.
        largest: the largest value in any of the agent's maps.
    """

    trial: Trial
    scores: Mapping[str, Mapping[str, np.ndarray]]
    fixations: np.ndarray
    largest: float = 1.0


def trial_fixations(trial: Trial, replayed: ReplayOptions, options: GazeOptions) -> Fixations:
    """The fixations of a trial's observations, over the frame or over the observation."""
    shape = replayed.preprocessing.observation_shape((*RAW_SHAPE, 3))[:2] if options.processed_obs else RAW_SHAPE
    return collect_fixations(match_gaze(trial).gaze, replayed, shape, options.gaze_frame_offset)


def blur_of(options: GazeOptions) -> float:
    """Standard deviation of the fixations' density in pixels."""
    return OBSERVATION_SIGMA if options.processed_obs else RAW_SIGMA


def score_trial(checkpoint: Checkpoint, trial: Trial, options: GazeOptions = GazeOptions(), *, mean_map: np.ndarray | None = None, highlights: Highlights | None = None, advance: Callable[[int], None] = lambda count: None) -> TrialAgreement:
    """Replay a trial to the agent, and compare its saliency with the person's gaze.

    Args:
        checkpoint: the agent.
        trial: of the dataset.
        options: how.
        mean_map: the game's mean fixation map as a control, `(H, W)`; best that of other trials.
        highlights: is offered every observation.
        advance: called with the number of observations done.

    Raises:
        DatasetError: if the trial's files are damaged or do not belong together.
        OptionError: for an unknown method or target, or an agent that cannot see these frames.
    """
    replayed = replay_options(checkpoint)
    fixations = trial_fixations(trial, replayed, options)
    others = draw_others(fixations, [index for index in range(len(fixations)) if len(fixations.pixels[index])], options.other_observations)
    # A map that is not finite has no scores: there is none where nobody looked anywhere.
    nothing = np.full(fixations.shape, np.nan)
    controls = {CENTRE_BIAS: centre_bias(fixations.shape), MEAN_FIXATIONS: nothing if mean_map is None else mean_map} if options.controls else {}
    rows: dict[str, list] = {}
    largest = 0.0
    for block in agent_maps(checkpoint, trial, replayed, fixations.shape, options):
        for offset in range(len(block.observations)):
            index = block.start + offset
            pixels = fixations.pixels[index]
            density = fixation_density(pixels, fixations.shape, blur_of(options)) if len(pixels) else None
            for source, saliency in [*((source, maps[offset]) for source, maps in block.maps.items()), *controls.items()]:
                rows.setdefault(source, []).append(score_map(saliency, pixels, others.get(index), density, options.kl_epsilon, options.compat_auc_splits))
            if highlights is not None:
                score = rows[AGENT][-1][highlights.metric]
                highlights.offer(Highlight(trial.number, index, score, block.pictures[offset], block.maps[AGENT][offset], pixels))
        largest = max(largest, float(block.maps[AGENT].max()))
        advance(len(block.observations))
    if not rows:
        raise DatasetError(f"trial {trial.number} has no observation to compare: it has fewer than two frames")
    scores = {source: {metric: np.array([row[metric] for row in found]) for metric in METRICS} for source, found in rows.items()}
    return TrialAgreement(trial, scores, np.array([len(pixels) for pixels in fixations.pixels[: len(rows[AGENT])]]), largest)
