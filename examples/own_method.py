"""A saliency method of your own, on the page beside rlvis's: here perturbation to first order, one gradient instead of hundreds of masks.

    python examples/own_method.py CHECKPOINT -o my-interface [--steps 128]
"""

import argparse
from dataclasses import dataclass

import numpy as np

import rlvis
from rlvis.attribution.gradients import input_gradients
from rlvis.saliency import register_saliency_method
from rlvis.saliency.blur import gaussian_blur


@dataclass(frozen=True)
class FirstOrderOptions:
    """What replaces a pixel; the command line and `saliency_options` know these too."""

    sigma: float = 3.0


def first_order(network, parameters, observations, state, targets, options: FirstOrderOptions) -> np.ndarray:
    """`Σ_c ∂F/∂x_c (x − A(x))_c`, A a Gaussian blur: how much a target F would fall if this pixel alone were blurred and F were linear.

    Args:
        network, parameters: the agent's.
        observations: x, `(N, H, W, C)` in [0, 1].
        state: the memory fed with them, `None` if there is none.
        targets: what to explain.
        options: as given.

    Returns:
        `(targets, N, H, W)`.
    """
    lost = observations - gaussian_blur(observations, options.sigma)
    return (input_gradients(network, parameters, observations, targets, state) * lost).sum(axis=-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("-o", "--output", default="my-interface")
    parser.add_argument("--steps", type=int, default=128, help="steps of the trajectory shown")
    arguments = parser.parse_args()
    register_saliency_method("first_order", first_order, label="first order", options=FirstOrderOptions, target_kinds=("value", "logit", "group"), signed=True)
    page = rlvis.run(
        arguments.checkpoint, arguments.output, saliency_methods=("first_order", "occlusion"), saliency_options={"first_order": {"sigma": 2.0}},
        trajectories={"num_envs": 1, "num_steps": arguments.steps}, observations={"num_envs": 4, "num_obs": 16, "obs_every": 2}, nmf_features=2,
    )  # fmt: skip
    print(f"wrote {page}")


if __name__ == "__main__":
    main()
