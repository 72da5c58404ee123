"""What training can be told; each field's help is the command line's help."""

from dataclasses import dataclass

from rlvis.errors import OptionError
from rlvis.options import option

# The network that is not named but comes with the agent that training starts from.
SAME = "same"
CHOICES = {
    "reward_processing": ("none", "clip", "normalize"),
    "advantage_normalization": ("minibatch", "batch", "none"),
    "learning_rate_schedule": ("constant", "linear"),
    "clip_schedule": ("constant", "linear"),
    "distribution_mode": ("easy", "hard", "extreme", "memory", "exploration"),
}


@dataclass(frozen=True)
class TrainingOptions:
    """How an agent is trained with PPO; defaults are those of the reference's training on Procgen."""

    environment: str = option("coinrun", "what to play: a Procgen game, or an Atari game such as BreakoutNoFrameskip-v4", python_only=True)
    network: str = option("clear", "clear, impala, nature, one with attention such as cnn_sparse_fls, or same: that of --start-from, with which it is the default")
    network_options: tuple[str, ...] = option((), "NAME=VALUE options of the network, such as channels=8 or lstm=256")
    start_from: str | None = option(None, "checkpoint of any known format whose parameters training starts from; the optimizer starts afresh")
    num_levels: int = option(0, "number of Procgen levels to train on; 0: all", minimum=0)
    start_level: int = option(0, "first Procgen level to train on", minimum=0)
    distribution_mode: str = option("hard", "Procgen's difficulty: easy, hard, extreme, memory or exploration")
    frame_stack: int = option(0, "newest frames the agent sees together; 0: 4 for Atari, 1 otherwise", minimum=0)
    sticky_actions: float = option(0.0, "probability that an Atari game repeats the last action instead", minimum=0)
    environment_options: tuple[str, ...] = option((), "other NAME=VALUE options of the environment, such as paint_vel_info=true; hint=expert expert=CHECKPOINT, or hint=random, draws a hint of what to do into the pictures")
    total_steps: int = option(25_000_000, "environment steps to train for, over all environments", minimum=1)
    num_envs: int = option(64, "environments played side by side, over all ranks", minimum=1)
    num_steps: int = option(256, "steps of each environment per iteration", minimum=1)
    minibatches: int = option(8, "minibatches per epoch", minimum=1)
    epochs: int = option(3, "passes over each iteration's steps", minimum=1)
    learning_rate: float = option(5e-4, "Adam's step size", minimum=0)
    learning_rate_schedule: str = option("constant", "constant, or linear down to 0")
    adam_epsilon: float = option(1e-5, "Adam's ε", minimum=0)
    entropy_coefficient: float = option(0.01, "weight of the entropy bonus", minimum=0)
    value_coefficient: float = option(0.5, "weight of the value loss", minimum=0)
    max_gradient_norm: float = option(0.5, "largest global norm of a gradient; 0: not limited", minimum=0)
    clip: float = option(0.2, "how far the probability ratio counts from 1", minimum=0)
    clip_schedule: str = option("constant", "constant, or linear down to 0")
    value_clipping: bool = option(True, "clip the new values to within --clip of the old ones in the value loss")
    gamma: float = option(0.999, "discount per step", minimum=0)
    gae_lambda: float = option(0.95, "λ of generalized advantage estimation", minimum=0)
    advantage_normalization: str = option("minibatch", "normalize advantages over each minibatch, over the whole batch, or none")
    reward_processing: str = option("normalize", "none, clip (to its sign), or normalize (by the running deviation of the discounted return)")
    reward_scale: float = option(1.0, "factor on processed rewards")
    death_penalty: float = option(0.0, "subtracted from the reward of a step that ends an episode")
    epsilon_greedy: float = option(0.0, "probability of a uniformly random action", minimum=0)
    teacher: str | None = option(None, "checkpoint of an agent to imitate at first (kickstarting, Schmitt et al. 2018)")
    teacher_coefficient: float = option(1.0, "weight of imitating the teacher, at the start", minimum=0)
    teacher_steps: int = option(1_000_000, "environment steps over which that weight falls to 0", minimum=1)
    seed: int = option(0, "seed of everything random", minimum=0)
    env_groups: int = option(0, "groups into which environments are divided and which take turns; results depend on it, ranks each play a share; 0: twice, or as many as ranks", minimum=0)
    micro_batch: int = option(0, "observations per gradient computation (environments, for recurrent networks); 0: what is fastest for the device", minimum=0)
    eval_every: int = option(500_000, "environment steps between evaluations; 0: none", minimum=0)
    eval_episodes: int = option(128, "episodes of each evaluation, on train and on unseen levels", minimum=1)
    save_every: int = option(300, "seconds between checkpoints", minimum=1)
    tensorboard: bool = option(False, "also write TensorBoard events")
    free_lunch_outputs: bool = option(False, "also write what Free-Lunch Saliency's training writes: logs/ with a table of games for each environment, tb/ and model.pkl")

    def __post_init__(self):
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise OptionError(f"option {name} must be one of {', '.join(allowed)}, got {getattr(self, name)!r}")
        for name in ("gamma", "gae_lambda", "epsilon_greedy", "sticky_actions"):
            if not 0 <= getattr(self, name) <= 1:
                raise OptionError(f"option {name} must be between 0 and 1, got {getattr(self, name)}")
        if self.network == SAME and self.start_from is None:
            raise OptionError(f"network {SAME!r} is that of the agent to start from; give --start-from too, or name a network")
        if self.network == SAME and self.network_options:
            raise OptionError(f"network_options {' '.join(self.network_options)} go with a named network; the agent to start from has its own")

    @property
    def batch_steps(self) -> int:
        """Environment steps per iteration, over all environments."""
        return self.num_envs * self.num_steps

    @property
    def iterations(self) -> int:
        """Iterations in all; the last one may go a little past `total_steps`."""
        return -(-self.total_steps // self.batch_steps)
