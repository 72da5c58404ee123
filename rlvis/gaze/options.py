"""What `rlvis gaze` can be told; each field's help is the command line's help."""

from dataclasses import dataclass

from rlvis.options import option


@dataclass(frozen=True)
class GazeOptions:
    """How agreement with human gaze is computed."""

    method: str | None = option(None, "saliency method, such as attention, perturbation, gradient or input_integrated_gradients; default: attention if the network has such, else perturbation")
    target: str = option("value", "output to explain: value, policy, logit:3, …; attention is the same for all")
    trials: tuple[str, ...] = option((), "numbers of the trials to use; default: all of the game")
    game: str | None = option(None, "game in the dataset, such as MsPacman; default: the one the agent plays")
    processed_obs: bool = option(False, "compare over the agent's observation rather than over the 160 × 210 picture")
    gaze_frame_offset: int = option(0, "take the gaze of the frame that many later than each frame shown; 0: the gaze recorded while it was shown; -1: as the published evaluation")
    other_observations: int = option(10, "shuffled AUC: other observations whose fixations are the negatives of each; 0: all of the trial", minimum=0)
    compat_auc_splits: int = option(0, "shuffled AUC: average over that many draws of negatives from those, with the published evaluation's random numbers (it drew 100 times); 0: the value to which that average tends, without drawing", minimum=0)
    kl_epsilon: float = option(0.0, "KL divergence: added to the map; 0: frames where the map is 0 and the gaze is not do not count", minimum=0)
    controls: bool = option(True, "also score a centre bias, the game's mean fixation map and a random network")
    max_observations: int = option(0, "observations of each trial; 0: all", minimum=0)
    batch_size: int = option(16, "observations per batch of saliency", minimum=1)
    seed: int = option(0, "seed of the random network, of random methods and of the intervals", minimum=0)
