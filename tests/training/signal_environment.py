"""A game that can be learned in seconds: say which side of the picture is bright."""

import numpy as np

from rlvis.environments import Moment, Transition, VectorEnvironment


class SignalEnvironment(VectorEnvironment):
    """Each picture is bright on the left or on the right; the action that names the side earns 1. Episodes last
    `length` steps (3 by default); the last one of every second episode counts as cut off by a time limit.

    With the option `lives` that many episodes are a game, none is cut off, and `infos` tells the end of games.
    With the option `delay` the side is shown only in an episode's first picture, so that it has to be remembered.
    """

    observation_shape = (8, 8, 1)
    num_actions = 3
    action_names = ("LEFT", "RIGHT", "NOOP")
    supports_state = True

    def __init__(self, specification, num_envs, seed, human_frames=False, num_threads=None):
        self.length = specification.options.get("length", 3)
        self.delay = specification.options.get("delay", False)
        self.lives = specification.options.get("lives")
        self.num_envs = num_envs
        self.seeds = np.array([np.random.SeedSequence([seed, n]).generate_state(1)[0] for n in range(num_envs)], np.int64)
        self.clocks = np.zeros(num_envs, np.int64)

    @property
    def sides(self):
        clocks = self.clocks - self.clocks % self.length if self.delay else self.clocks
        # A hash of seed and clock, so that two numbers are the whole state.
        mixed = (self.seeds + 1) * 2654435761 + (clocks + 1) * 40503 * 65537
        return (mixed >> 13) % 2

    def observe(self):
        observations = np.zeros((self.num_envs, 8, 8, 1), np.uint8)
        firsts = self.clocks % self.length == 0
        for n, side in enumerate(self.sides):
            if firsts[n] or not self.delay:
                observations[n, :, 4 * side : 4 * side + 4] = 255
        return Moment(observations, firsts)

    def step(self, actions):
        rewards = (np.asarray(actions) == self.sides).astype(np.float32)
        self.clocks = self.clocks + 1
        ended = self.clocks % self.length == 0
        if self.lives:
            infos = {"game_over": self.clocks % (self.length * self.lives) == 0}
            return Transition(rewards, ended, np.zeros_like(ended), self.observe(), infos)
        cut = ended & (self.clocks // self.length % 2 == 0)
        return Transition(rewards, ended & ~cut, cut, self.observe())

    def get_state(self):
        return [np.array([seed, clock]).tobytes() for seed, clock in zip(self.seeds, self.clocks, strict=True)]

    def set_state(self, states):
        self.seeds, self.clocks = np.stack([np.frombuffer(state, np.int64) for state in states]).T.copy()

    def close(self):
        pass
