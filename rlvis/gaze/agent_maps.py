"""An agent's saliency while it is shown what a person saw."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import jax
import numpy as np

from rlvis.attribution.targets import VALUE, Target, find_targets, policy_targets
from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.environments.atari import atari_game_and_options
from rlvis.environments.preprocessing import Preprocessing
from rlvis.errors import OptionError
from rlvis.gaze.atari_head import Trial
from rlvis.gaze.fixations import RAW_SHAPE
from rlvis.gaze.frame_archive import frame_numbers, read_frames
from rlvis.gaze.options import GazeOptions
from rlvis.gaze.pixel_maps import pixel_maps
from rlvis.gaze.replay import ReplayOptions, ReplayStep, replay
from rlvis.networks.observations import normalize_observations
from rlvis.saliency import POLICY, SaliencyMethod, find_method
from rlvis.saliency.frames import map_trajectory

AGENT, RANDOM_NETWORK = "agent", "random network"


@dataclass(frozen=True)
class Block:
    """Some consecutive observations.

    Attributes:
        start: number of the first.
        observations: `(B, H, W, C)` uint8.
        pictures: the newest picture in each, `(B, 210, 160, 3)` uint8.
        maps: saliency by source, `(B, h, w)` float32, ≥ 0, over the frame or the observation.
    """

    start: int
    observations: np.ndarray
    pictures: np.ndarray
    maps: Mapping[str, np.ndarray]


def agent_maps(checkpoint: Checkpoint, trial: Trial, replayed: ReplayOptions, shape: tuple[int, int], options: GazeOptions) -> Iterator[Block]:
    """A trial's observations with the agent's saliency, and with that of an untrained copy as a control, a batch at a time."""
    method, target = choose_method(checkpoint, options)
    network, agents = checkpoint.network, {AGENT: jax.device_put(checkpoint.parameters)}
    if options.controls and network.initialize is not None:
        agents[RANDOM_NETWORK] = network.initialize(jax.random.key(options.seed))
    states = dict.fromkeys(agents)
    steps, start = replay_trial(trial, replayed, options.max_observations), 0
    while batch := list(islice(steps, options.batch_size)):
        observations = np.stack([step.observation for step in batch])
        maps = {}
        for source, parameters in agents.items():
            fed, states[source] = fed_states(network, parameters, observations, states[source])
            found = np.concatenate([part[0] for _, part in map_trajectory(method, network, parameters, observations, (target,), fed, batch_size=options.batch_size)])
            maps[source] = pixel_maps(found, shape, replayed.preprocessing, RAW_SHAPE)
        yield Block(start, observations, np.stack([step.picture for step in batch]), maps)
        start += len(batch)


def replay_options(checkpoint: Checkpoint) -> ReplayOptions:
    """The frame skip and preprocessing of the environment that the agent plays; those usual for Atari if it names none.

    Raises:
        OptionError: if the agent takes other observations than frames become.
    """
    replayed = ReplayOptions(Preprocessing())
    if checkpoint.environment is not None and checkpoint.environment.kind == "atari":
        _, played = atari_game_and_options(checkpoint.environment.name, checkpoint.environment.options)
        replayed = ReplayOptions(played.preprocessing, played.frame_skip if isinstance(played.frame_skip, int) else 4, played.max_pool)
    shape = replayed.preprocessing.observation_shape((*RAW_SHAPE, 3))
    if shape != tuple(checkpoint.network.observation_shape):
        raise OptionError(f"the agent takes observations of shape {tuple(checkpoint.network.observation_shape)}, but frames of the dataset become {shape}; it has to be an agent that plays Atari games from pictures")
    return replayed


def game_of(checkpoint: Checkpoint, options: GazeOptions) -> str:
    """The game whose trials are meant.

    Raises:
        OptionError: if neither the options nor the checkpoint say.
    """
    if options.game is not None:
        return options.game
    if checkpoint.environment is None or checkpoint.environment.kind != "atari":
        raise OptionError("the checkpoint does not say which Atari game the agent plays; name one of the dataset's with --game")
    return atari_game_and_options(checkpoint.environment.name, {})[0]


def replay_trial(trial: Trial, replayed: ReplayOptions, most: int = 0) -> Iterator[ReplayStep]:
    """The observations (at most `most`, unless that is 0) that a trial's frames become."""
    pictures = (picture for _, picture in read_frames(trial.archive))
    return islice(replay(pictures, len(frame_numbers(trial.archive)), replayed), most or None)


def choose_method(checkpoint: Checkpoint, options: GazeOptions) -> tuple[SaliencyMethod, Target]:
    """The saliency method and the target that the options mean."""
    name = options.method or ("attention" if has_attention(checkpoint.network) else "perturbation")
    names = checkpoint.action_names or [str(action) for action in range(checkpoint.network.num_actions)]
    return find_method(name), find_targets((options.target,), (VALUE, POLICY, *policy_targets(names)))[0]


def has_attention(network) -> bool:
    """Whether a network is known to have attention."""
    return any(layer.get("layer") == "Attention" for layer in (network.description or {}).get("trunk", ()))


def fed_states(network, parameters, observations, state):
    """The memory fed with each of B consecutive observations (a pytree `(B, …)`), and the memory after them.

    Args:
        network, parameters: the network; both answers are `None` if it is feed-forward.
        observations: `(B, H, W, C)`.
        state: the memory after the observation before them; `None` at the start.
    """
    if not network.recurrent:
        return None, None
    state = network.initial_state(1) if state is None else state
    fed = []
    for observation in observations:
        fed.append(state)
        state = _memory_step(network)(parameters, normalize_observations(observation[None]), state)
    return jax.tree.map(lambda *parts: np.concatenate(parts), *fed), state


@lru_cache(maxsize=4)
def _memory_step(network):
    return jax.jit(lambda parameters, observation, state: network(parameters, observation, state).state)
