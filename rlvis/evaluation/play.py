"""Playing until every environment has delivered its episodes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.environments import EnvironmentSpecification, Moment, make_environment
from rlvis.environments.procgen_options import LARGEST_INTEGER
from rlvis.errors import OptionError
from rlvis.evaluation.options import EvaluationOptions
from rlvis.rollouts.action_noise import policy_keys
from rlvis.rollouts.policy import Decision, Policy


@dataclass(frozen=True)
class Episode:
    """An episode that ended: `reward` is the game's own, unclipped; `length` in steps; `elapsed` in seconds since play began."""

    environment: int
    reward: float
    length: int
    elapsed: float


@dataclass(frozen=True)
class Step:
    """One step of all N environments.

    Attributes:
        moment: what the agent saw, and the pictures.
        decision: what it did.
        active: `(N,)` bool, environments that have not yet delivered their episodes.
        episodes: those that ended with this step.
    """

    moment: Moment
    decision: Decision
    active: np.ndarray
    episodes: tuple[Episode, ...]


def evaluation_environment(checkpoint: Checkpoint, options: EvaluationOptions) -> EnvironmentSpecification:
    """The environment to evaluate in.

    Raises:
        OptionError: if the checkpoint says none, or an option does not apply to it.
    """
    specification = checkpoint.environment
    if specification is None:
        raise OptionError("the checkpoint does not say which environment it plays; name one with --env")
    changes = {}
    if options.levels != "checkpoint":
        if specification.kind != "procgen":
            raise OptionError(f"option levels is for Procgen; this agent plays {specification.kind} {specification.name}")
        first = _levels_after(specification) if options.levels == "unseen" else 0
        changes = {"start_level": first, "num_levels": LARGEST_INTEGER - first if first else 0}
    if options.frame_limit:
        if specification.kind != "atari":
            raise OptionError(f"option frame_limit is for Atari games; this agent plays {specification.kind} {specification.name}")
        changes["frame_limit"] = options.frame_limit
    return replace(specification, options={**specification.options, **changes})


def _levels_after(specification):
    count = specification.options.get("num_levels", 0)
    if not count:
        raise OptionError("this agent was trained on all levels, or its checkpoint does not say on which; there are no unseen ones. Give num_levels with --env-option")
    return specification.options.get("start_level", 0) + count


def play(checkpoint: Checkpoint, options: EvaluationOptions, *, pictures: bool = False) -> Iterator[Step]:
    """Play until every environment has ended `evals_per_env` episodes, or `max_steps` are over.

    Each environment's first episodes count: counting whichever end first would favour short ones. Environments that are
    done go on playing until all are. Played again, everything comes out the same except for `elapsed`.

    Args:
        checkpoint: the agent.
        options: how.
        pictures: also give pictures of human resolution.
    """
    environment = make_environment(evaluation_environment(checkpoint, options), options.num_env, options.eval_seed, human_frames=pictures)
    policy = Policy(checkpoint.network, checkpoint.parameters, policy_keys(options.eval_seed, options.num_env), greedy=options.greedy, epsilon=options.epsilon)
    rewards, lengths, delivered = np.zeros(options.num_env), np.zeros(options.num_env, int), np.zeros(options.num_env, int)
    start, step = perf_counter(), 0
    try:
        moment = environment.observe()
        while (delivered < options.evals_per_env).any() and (step < options.max_steps or not options.max_steps):
            active = delivered < options.evals_per_env
            decision = policy.act(moment.observations, moment.firsts, step)
            transition = environment.step(decision.actions)
            rewards, lengths, step = rewards + transition.rewards, lengths + 1, step + 1
            ended = whole_episode_ended(transition) | (step == options.max_steps)
            episodes = tuple(Episode(int(n), float(rewards[n]), int(lengths[n]), perf_counter() - start) for n in np.flatnonzero(ended))
            rewards, lengths, delivered = np.where(ended, 0, rewards), np.where(ended, 0, lengths), delivered + ended
            yield Step(moment, decision, active, episodes)
            moment = transition.next
    finally:
        environment.close()


def whole_episode_ended(transition) -> np.ndarray:
    """Where a game ended, `(N,)` bool; the end of a life is none, where the environment ends episodes at those."""
    game_over = transition.infos.get("game_over")
    return transition.dones if game_over is None else np.asarray(game_over) | transition.truncated
