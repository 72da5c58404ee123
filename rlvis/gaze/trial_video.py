"""A recorded game as a video: what the agent attends to, and where the person looks."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.evaluation.perception import processed_picture, raw_picture, stack_pictures
from rlvis.evaluation.recording import to_bytes
from rlvis.gaze.agent_maps import AGENT, agent_maps, replay_options
from rlvis.gaze.agreement import TrialAgreement, trial_fixations
from rlvis.gaze.options import GazeOptions
from rlvis.video import VideoWriter

# Frames were taken at sixty a second, of which the agent sees every fourth.
FPS = 15


def record_trial(path, checkpoint: Checkpoint, agreement: TrialAgreement, options: GazeOptions = GazeOptions()) -> Path:
    """Write a trial's pictures with saliency and fixations, above the observations with the same.

    Args:
        path: `.mkv` (lossless), `.mp4` or `.webm`.
        checkpoint: the agent.
        agreement: of the trial; its largest saliency becomes 1 in every frame.
        options: with which it was scored.

    Returns:
        The path.
    """
    replayed = replay_options(checkpoint)
    fixations = trial_fixations(agreement.trial, replayed, options)
    scale = agreement.largest if agreement.largest > 0 else 1.0
    with VideoWriter(path, FPS) as writer:
        for block in agent_maps(checkpoint, agreement.trial, replayed, fixations.shape, replace(options, controls=False)):
            for offset, (observation, picture) in enumerate(zip(block.observations, block.pictures, strict=True)):
                saliency, counts = block.maps[AGENT][offset] / scale, fixations.counts(block.start + offset)
                shown = stack_pictures(raw_picture(picture, saliency, counts), processed_picture(observation, saliency, counts))
                writer.write(to_bytes(np.clip(shown, 0, 1)))
    return Path(path)
