"""Compare an Atari agent's saliency with human gaze: `python examples/human_gaze.py CHECKPOINT GAME [DATASET]`.

Without a dataset, one is made up: the agent's own game, played at random, by somebody who looks at whatever moves.
"""

import sys
from pathlib import Path

import numpy as np

from rlvis.checkpoints import load
from rlvis.environments import EnvironmentSpecification, make_environment
from rlvis.gaze.options import GazeOptions
from rlvis.gaze.recording import write_trial
from rlvis.gaze.results import measure_agreement, write_results
from rlvis.reports.gaze_page import write_gaze_page


def record_random_play(game: str, directory: Path, number: int, num_frames: int = 80) -> None:
    """A trial in the layout of Atari-HEAD: frames of random play, gaze where the picture changes most, with some noise."""
    emulator = make_environment(EnvironmentSpecification("atari", game, {"frame_skip": 1, "max_pool": False, "preprocessing": "raw"}), 1, number)
    generator = np.random.default_rng(number)
    pictures, gaze, action = [emulator.observe().observations[0]], [np.zeros((0, 2))], 0
    for frame in range(1, num_frames):
        action = generator.integers(emulator.num_actions) if frame % 10 == 0 else action
        pictures.append(emulator.step(np.array([action])).next.observations[0])
        change = np.abs(pictures[-1].astype(int) - pictures[-2]).sum(-1)
        rows, columns = np.nonzero(change)
        middle = [np.array([columns.mean(), rows.mean()])] if len(rows) else []
        gaze.append(np.array(middle).reshape(-1, 2) + generator.normal(0, 4, (len(middle) and 8, 2)))
    emulator.close()
    write_trial(directory, number, game, pictures, gaze)


def main(checkpoint: str, game: str, dataset: str | None = None) -> None:
    agent = load(checkpoint, environment=EnvironmentSpecification("atari", game))
    if dataset is None:
        dataset = "example-gaze"
        for number in (1, 2, 3):
            record_random_play(game, Path(dataset), number)
    for method in ("perturbation", "input_integrated_gradients"):
        measurement = measure_agreement(agent, dataset, GazeOptions(method=method))
        write_results(f"gaze-{method}", measurement)
        write_gaze_page(f"gaze-{method}", measurement)
        for source, scores in measurement.summary["overall"].items():
            print(f"{method:>28} {source:>18}  NSS {scores['nss']['mean']:6.3f}  shuffled AUC {scores['sauc']['mean']:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
