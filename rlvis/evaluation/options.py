"""What `rlvis evaluate` can be told; each field's help is the command line's help."""

from dataclasses import dataclass

from rlvis.errors import OptionError
from rlvis.options import option

LEVELS = ("checkpoint", "unseen", "all")
FORMATS = ("mkv", "mp4", "webm")


@dataclass(frozen=True)
class EvaluationOptions:
    """How an agent is evaluated."""

    num_env: int = option(4, "environments played side by side", minimum=1)
    evals_per_env: int = option(1, "episodes that count of each environment: its first ones", minimum=1)
    eval_seed: int = option(1000, "seed of environments and actions", minimum=0)
    greedy: bool = option(False, "take the most probable action instead of sampling; a Q-network always takes that of the largest value")
    epsilon: float = option(0.0, "probability of a uniformly random action instead, as Q-networks are often evaluated", minimum=0)
    levels: str = option("checkpoint", "Procgen levels: those of the checkpoint, unseen (all that come after those), or all")
    frame_limit: int = option(0, "emulator frames after which an Atari game is cut off; 0: as the checkpoint says, 108000 (30 minutes) usually", minimum=0)
    max_steps: int = option(0, "give up on episodes that are not over after that many steps of every environment; 0: never", minimum=0)
    raw_obs: bool = option(False, "make a video of the game's pictures with the network's attention over them")
    processed_obs: bool = option(False, "make a video of the agent's observations with its attention; with raw_obs, both in one")
    video_recorder: bool = option(False, "also make a plain video of the games, in videos/")
    video_format: str = option("mkv", "mkv (FFV1, lossless), mp4 (H.264) or webm (VP9)")
    fps: int = option(30, "frames per second of the videos", minimum=1)

    def __post_init__(self):
        if not 0 <= self.epsilon <= 1:
            raise OptionError(f"option epsilon is a probability, from 0 to 1; got {self.epsilon}")
        for name, choices in (("levels", LEVELS), ("video_format", FORMATS)):
            if getattr(self, name) not in choices:
                raise OptionError(f"option {name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}")
