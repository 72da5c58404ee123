"""Recorded games as rollouts: what the agent thinks of them, and where the person looked, ready for an interface."""

from collections.abc import Sequence

import jax
import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.gaze.agent_maps import AGENT, fed_states, replay_options, replay_trial
from rlvis.gaze.agreement import TrialAgreement
from rlvis.gaze.atari_head import Gaze
from rlvis.gaze.fixations import RAW_SHAPE, collect_fixations
from rlvis.gaze.matching import match_gaze
from rlvis.gaze.options import GazeOptions
from rlvis.networks.observations import normalize_observations
from rlvis.rollouts.storage import save_rollouts
from rlvis.rollouts.trajectory import ExampleObservations, Trajectory, flatten_state

# The console's actions in the order of their numbers.
CONSOLE_ACTIONS = (
    "NOOP", "FIRE", "UP", "RIGHT", "LEFT", "DOWN", "UPRIGHT", "UPLEFT", "DOWNRIGHT", "DOWNLEFT",
    "UPFIRE", "RIGHTFIRE", "LEFTFIRE", "DOWNFIRE", "UPRIGHTFIRE", "UPLEFTFIRE", "DOWNRIGHTFIRE", "DOWNLEFTFIRE",
)  # fmt: skip
# Metrics on the timeline: label, and what stands where they are not defined: agreement by chance.
ROWS = {"nss": ("gaze: NSS", 0.0), "sauc": ("gaze: shuffled AUC", 0.5), "cc": ("gaze: correlation", 0.0)}
# The row whose extremes are bookmarked.
BOOKMARKED_ROW = ROWS["nss"][0]
MOST_EXAMPLES = 2048


def save_gaze_rollouts(path, checkpoint: Checkpoint, agreements: Sequence[TrialAgreement], options: GazeOptions = GazeOptions(), most_steps: int = 512) -> None:
    """Write trials as a file of rollouts, which `rlvis run --no-load-resample --load-trajectories-path FILE` shows.

    Args:
        path: the file.
        checkpoint: the agent.
        agreements: of the trials to write.
        options: with which they were scored.
        most_steps: observations of each trial.
    """
    trajectories = [gaze_trajectory(checkpoint, agreement, options, most_steps) for agreement in agreements]
    every = -(-sum(map(len, trajectories)) // MOST_EXAMPLES)
    states = {name: np.concatenate([one.states[name] for one in trajectories])[::every] for name in trajectories[0].states}
    examples = ExampleObservations(np.concatenate([one.observations for one in trajectories])[::every], states)
    save_rollouts(path, trajectories, examples, {"gaze": [agreement.trial.number for agreement in agreements]})


def gaze_trajectory(checkpoint: Checkpoint, agreement: TrialAgreement, options: GazeOptions = GazeOptions(), most_steps: int = 512) -> Trajectory:
    """A recorded game as a trajectory.

    Observations are those of the replay; actions and rewards are the person's (an action that the agent lacks is shown
    as its first); logits and values are the agent's. The fixations come with it, and so does the agreement with the
    agent's saliency, as rows for the timeline.

    Args:
        checkpoint: the agent.
        agreement: of the trial.
        options: with which it was scored.
        most_steps: observations at most.
    """
    replayed = replay_options(checkpoint)
    gaze = match_gaze(agreement.trial).gaze
    fixations = collect_fixations(gaze, replayed, RAW_SHAPE, options.gaze_frame_offset)
    count = min(most_steps, len(agreement.fixations))
    steps = list(replay_trial(agreement.trial, replayed, count))
    observations = np.stack([step.observation for step in steps])
    logits, values, states = think(checkpoint, observations, options.batch_size)
    actions, rewards, firsts = human_play(gaze, checkpoint.action_names, replayed.frame_skip, len(steps))
    return Trajectory(
        observations,
        actions,
        rewards,
        firsts,
        np.append(firsts[1:], False),
        logits,
        values,
        states,
        np.stack([step.picture for step in steps]),
        agreement.trial.number,
        {label: np.nan_to_num(agreement.scores[AGENT][metric][: len(steps)], nan=chance).astype(np.float32) for metric, (label, chance) in ROWS.items()},
        fixations_in_observation(fixations.pixels[: len(steps)], replayed.preprocessing.crop),
    )


def think(checkpoint: Checkpoint, observations: np.ndarray, batch_size: int):
    """The agent's logits `(T, A)`, values `(T,)` and memory fed with each observation, for consecutive observations."""
    network, parameters = checkpoint.network, jax.device_put(checkpoint.parameters)
    run = jax.jit(lambda parameters, batch, state: network(parameters, normalize_observations(batch), state)[:2])
    state, found = None, []
    for start in range(0, len(observations), batch_size):
        batch = observations[start : start + batch_size]
        fed, state = fed_states(network, parameters, batch, state)
        found.append((*map(np.asarray, run(parameters, batch, fed)), flatten_state(fed)))
    logits, values, states = zip(*found, strict=True)
    return np.concatenate(logits), np.concatenate(values), {name: np.concatenate([part[name] for part in states]) for name in states[0]}


def human_play(gaze: Gaze, action_names: Sequence[str], frame_skip: int, count: int):
    """The person's play by observation: actions `(T,)` in the agent's numbers, rewards `(T,)` until the next observation, and where episodes start `(T,)`."""
    frames = np.arange(count) * frame_skip
    numbers = {name.upper(): number for number, name in reversed(list(enumerate(action_names)))}
    names = (CONSOLE_ACTIONS[action] if 0 <= action < len(CONSOLE_ACTIONS) else "" for action in gaze.actions[frames])
    actions = np.array([numbers.get(name, 0) for name in names], np.int32)
    earned = np.concatenate([[0.0], np.cumsum(gaze.rewards)])
    rewards = earned[np.minimum(frames + frame_skip, len(gaze.rewards))] - earned[frames]
    firsts = np.append(True, np.diff(gaze.episodes[frames]) != 0)
    return actions, rewards.astype(np.float32), firsts


def fixations_in_observation(pixels: Sequence[np.ndarray], crop: tuple[int, int, int, int] | None = None) -> dict[str, np.ndarray]:
    """Fixations as `Trajectory` keeps them, the middle of each pixel.

    Args:
        pixels: per observation `(n,)`, numbers of the picture's pixels in row-major order.
        crop: the part (top, bottom, left, right) of the picture that the agent sees; `None` for all of it.
    """
    height, width = RAW_SHAPE
    top, bottom, left, right = crop or (0, height, 0, width)
    rows, columns = np.divmod(np.concatenate(pixels).astype(int), width)
    starts = np.concatenate([[0], np.cumsum([len(each) for each in pixels])])
    return {"starts": starts, "rows": ((rows + 0.5 - top) / (bottom - top)).astype(np.float32), "columns": ((columns + 0.5 - left) / (right - left)).astype(np.float32)}
