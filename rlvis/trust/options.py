"""What an assessment of saliency methods can be told."""

from dataclasses import dataclass

from rlvis.errors import OptionError
from rlvis.options import option

FILLS = ("blur", "black", "mean")


@dataclass(frozen=True)
class TrustOptions:
    """What `rlvis trust` does."""

    methods: tuple[str, ...] = option(("perturbation", "sarfa", "gradient", "input_integrated_gradients", "grad_cam"), "saliency methods to judge")
    method_options: tuple[str, ...] = option((), "their options as METHOD.NAME=VALUE, such as perturbation.stride=4; without METHOD: for every method that has it")
    num_steps: int = option(256, "steps to play", minimum=1)
    frames: int = option(32, "frames to judge by, evenly spread over them", minimum=1)
    curve_steps: int = option(16, "steps of the insertion and deletion curves", minimum=1)
    fill: str = option("blur", "what a deleted pixel shows: blur (of the frame), black, or mean (colour of the frame)")
    fill_sigma: float = option(5.0, "standard deviation of that blur in pixels")
    randomize: bool = option(True, "also randomize the network layer by layer")
    box: str | None = option(None, "also say how much of each map lies in these rows and columns of the observation, such as 11:13,29:58; hint: where hints are drawn")
    worst: int = option(8, "frames to list where methods disagree most", minimum=0)
    greedy: bool = option(False, "play the most probable action, rather than sampling")
    seed: int = option(0, "seed of everything random", minimum=0)

    def __post_init__(self):
        if self.fill not in FILLS:
            raise OptionError(f"option fill is {self.fill!r}; there are {', '.join(FILLS)}")
