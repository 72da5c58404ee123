"""Does saliency find out what an agent looks at? Two agents are trained on the same game with marks in the picture, as Greydanus et al. (2018) did.

    python examples/hint_experiment.py [-o DIR] [--steps STEPS] [--from-expert]

For one the bright mark is what an expert would do, so that reading the marks is enough; for the other it is random. Prints, for each, the
mean return and which share of its saliency maps lies in the marks' box (ρ, with a 95 % interval over frames). Takes minutes: the game is
that of own_agent.py, and the network is tiny.
"""

import argparse
from pathlib import Path

import jax
from own_agent import Catch

import rlvis
from rlvis.environments import EnvironmentSpecification, register_environment
from rlvis.networks.stack import Convolution, Dense, StackDescription, build_stack, initialize
from rlvis.trust.assessment import assess
from rlvis.trust.options import TrustOptions

SETTINGS = {"num_envs": 32, "num_steps": 64, "minibatches": 4, "learning_rate": 1e-3, "gamma": 0.97, "reward_processing": "none", "eval_every": 0}
METHODS = TrustOptions(methods=("perturbation", "gradient"), method_options=("perturbation.radius=1", "perturbation.stride=1", "perturbation.fill_sigma=2"), num_steps=440, frames=40, curve_steps=4, randomize=False, box="hint")


def untrained(path: Path) -> Path:
    """A checkpoint of a tiny network to start from."""
    description = StackDescription(Catch.observation_shape, 3, (Convolution("low", 8, (4, 4), (2, 2)), Convolution("high", 16, (3, 3), (2, 2)), Dense("dense", 64)), name="tiny")
    rlvis.save(path, rlvis.Checkpoint(build_stack(description), initialize(description, jax.random.key(0)), EnvironmentSpecification("catch", "catch"), Catch.action_names))
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("hint-experiment"))
    parser.add_argument("--steps", type=int, default=40_000, help="environment steps of each training")
    parser.add_argument("--from-expert", action="store_true", help="train both agents from the expert rather than from scratch; who can play already has little reason to read the marks")
    arguments = parser.parse_args()
    output = arguments.output
    register_environment("catch", Catch, lambda specification: Catch.action_names)
    output.mkdir(parents=True, exist_ok=True)
    fresh = untrained(output / "untrained.safetensors")
    expert = rlvis.train("catch:catch", output / "expert", start_from=fresh, total_steps=arguments.steps, **SETTINGS)
    for hint in ("expert", "random"):
        options = ("hint=expert", f"expert={expert}") if hint == "expert" else ("hint=random",)
        start = expert if arguments.from_expert else fresh
        agent = rlvis.load(rlvis.train("catch:catch", output / f"hint-{hint}", start_from=start, total_steps=arguments.steps, environment_options=options, **SETTINGS))
        played = rlvis.evaluate(agent, output / f"play-{hint}", num_env=8, evals_per_env=8)
        print(f"hint={hint}: mean return {played['summary']['mean']:.2f}")
        for method in assess(agent, METHODS)["methods"]:
            for head in ("action", "value"):
                found = method["box"][head]
                print(f"  {method['name']}, {head}: ρ = {found['share']:.3f} ({found['interval'][0]:.3f} to {found['interval'][1]:.3f}); an even map: {method['box']['even']:.3f}")


if __name__ == "__main__":
    main()
