"""How well an agent plays levels it has not been trained on.

    python benchmarks/returns.py CHECKPOINT [--episodes 256] [--start-level 100000] [--random]

Every environment contributes the same number of episodes, so that short ones are not preferred; actions are sampled,
as in the interface.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rlvis.checkpoints import load  # noqa: E402
from rlvis.environments.procgen_options import LARGEST_INTEGER  # noqa: E402
from rlvis.training.evaluation import evaluate  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("--episodes", type=int, default=256)
    parser.add_argument("--start-level", type=int, help="first of the Procgen levels to play; all after it are played. Default: those of the checkpoint")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--random", action="store_true", help="play uniformly random actions instead")
    given = parser.parse_args()
    agent = load(given.checkpoint)
    specification = agent.environment
    if given.start_level is not None:
        specification = replace(specification, options={**specification.options, "start_level": given.start_level, "num_levels": LARGEST_INTEGER - given.start_level})
    result = evaluate(agent.network, agent.parameters, specification, given.episodes, given.seed, random=given.random)
    print(f"return {result.mean:.3f} ± {result.standard_error:.3f} (standard error) over {len(result.returns)} episodes, length {result.lengths.mean():.1f}")
    print(f"episodes with a positive return: {(result.returns > 0).mean():.1%}")


if __name__ == "__main__":
    main()
