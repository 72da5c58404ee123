"""Rewards as the learner sees them."""

import numpy as np


class RewardProcessor:
    """Turns an environment's rewards into those that PPO learns from; carries running statistics for `normalize`.

    `none`: r. `clip`: sign(r). `normalize`: clip(r / sqrt(Var[R] + 1e-8), −10, 10) with `R_t = γ R_{t−1} + r_t`, reset
    where an episode ended, and its variance over all steps so far. Then `− penalty · done`, before processing, and
    `× scale` after it.

    Args:
        kind: none, clip or normalize.
        num_envs: N.
        gamma: γ of the running return.
        scale: factor on the result.
        death_penalty: subtracted where an episode ends.

    Source: Baselines' VecNormalize and ClipRewardEnv (2017).
    """

    def __init__(self, kind: str, num_envs: int, gamma: float, scale: float = 1.0, death_penalty: float = 0.0):
        self.kind, self.gamma, self.scale, self.death_penalty = kind, gamma, scale, death_penalty
        self.returns = np.zeros(num_envs)
        self.mean, self.variance, self.count = 0.0, 1.0, 1e-4

    def __call__(self, rewards: np.ndarray, dones: np.ndarray) -> np.ndarray:
        """Processed rewards `(N,)` float32 for one step's rewards `(N,)` and ends of episodes `(N,)`."""
        rewards = np.asarray(rewards, np.float64) - self.death_penalty * dones
        if self.kind == "clip":
            rewards = np.sign(rewards)
        elif self.kind == "normalize":
            self.returns = self.gamma * self.returns + rewards
            self._count_in(self.returns)
            self.returns = self.returns * ~np.asarray(dones, bool)
            rewards = np.clip(rewards / np.sqrt(self.variance + 1e-8), -10, 10)
        return (self.scale * rewards).astype(np.float32)

    def _count_in(self, batch):
        """Chan et al.'s parallel update of mean and variance."""
        total = self.count + len(batch)
        delta = batch.mean() - self.mean
        squares = self.variance * self.count + batch.var() * len(batch) + delta**2 * self.count * len(batch) / total
        self.mean, self.variance, self.count = self.mean + delta * len(batch) / total, squares / total, total

    def state(self) -> dict[str, np.ndarray]:
        """What has to be kept to go on from here."""
        return {"returns": self.returns, "statistics": np.array([self.mean, self.variance, self.count])}

    def restore(self, state) -> None:
        """Go on from a `state()`."""
        self.returns = np.array(state["returns"])
        self.mean, self.variance, self.count = (float(x) for x in state["statistics"])
