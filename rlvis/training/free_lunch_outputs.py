"""What the training program of Free-Lunch Saliency leaves behind, beside rlvis's own files: `logs/`, `tb/`, `model.pkl`.

- `logs/0.N.monitor.csv`: for environment N, each game's reward (unclipped), length (agent steps) and time of its end.
- `logs/progress.csv`, `logs/log.txt` and `tb/`: a row for each update, under the names of Baselines' PPO2.
- `model.pkl`: the newest agent; with `config.json` it makes the run's directory one that their evaluation reads.

`approxkl` is rlvis's estimate, `mean((ρ − 1) − log ρ)`; PPO2's is `½ mean(log² ρ)`, equal to second order.

Source: Nikulin et al. 2019, code; Baselines' PPO2, `bench.Monitor` and `logger` (2017).
"""

import csv
import io
import json
import time
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import optax

from rlvis.checkpoints.free_lunch_run import AdamState, save_variables
from rlvis.errors import OptionError, OutputError
from rlvis.networks.free_lunch_saliency import VARIANTS
from rlvis.training.events import EventWriter
from rlvis.training.options import TrainingOptions
from rlvis.training.rollout import EndedEpisode

# Games over which eprewmean and eplenmean are taken.
RECENT = 100
COLUMNS = {
    "misc/nupdates": "iteration", "misc/total_timesteps": "steps", "misc/explained_variance": "explained_variance", "misc/time_elapsed": "seconds",
    "loss/policy_loss": "policy_loss", "loss/value_loss": "value_loss", "loss/policy_entropy": "entropy", "loss/approxkl": "approximate_kl", "loss/clipfrac": "clip_fraction",
}  # fmt: skip


def check_network(name: str) -> None:
    """Refuse a network that `model.pkl` cannot hold.

    Raises:
        OptionError: if it is none of the fifteen.
    """
    if name not in VARIANTS:
        raise OptionError(f"free_lunch_outputs are for the networks {', '.join(VARIANTS)}; the network is {name}. Choose one of them, or --no-free-lunch-outputs")


class FreeLunchOutputs:
    """Collects what is to be written, and writes it whenever the run's state is saved: a resumed run repeats nothing.

    Args:
        directory: the run's.
        options: the run's.
        env_id: the environment's Gym id.
        iteration: iterations so far, 0 for a new run.

    Raises:
        OutputError: if the files cannot be made, or those of the run to go on with are damaged.
    """

    def __init__(self, directory: Path, options: TrainingOptions, env_id: str, iteration: int):
        self._directory, self._logs = Path(directory), Path(directory) / "logs"
        self._num_steps = options.num_steps
        self._monitors = [self._logs / f"0.{n}.monitor.csv" for n in range(options.num_envs)]
        header = f"#{json.dumps({'t_start': time.time(), 'env_id': env_id})}\nr,l,t\n"
        for path in self._monitors:
            if not path.exists():
                _append(path, header)
        self._starts, earlier = zip(*map(_read_monitor, self._monitors), strict=True)
        games = sorted((game for part in earlier for game in part), key=lambda game: game[2])
        self._recent = deque(games, maxlen=RECENT)
        self._pending: list[tuple[Path, str]] = []
        self._updates: list[dict[str, float]] = []
        self._events = EventWriter(self._directory / "tb", iteration)

    def add(self, row: Mapping[str, float], episodes: Iterable[EndedEpisode]) -> None:
        """Take in an iteration: its row of progress, and the games that ended in it."""
        for episode in episodes:
            game = (round(episode.reward, 6), episode.length, round(episode.time - self._starts[episode.environment], 6))
            self._recent.append(game)
            self._pending.append((self._monitors[episode.environment], ",".join(map(str, game)) + "\n"))
        self._updates.append(self._values(row))

    def _values(self, row):
        rewards, lengths = ([game[part] for game in self._recent] for part in (0, 1))
        values = {name: row[column] for name, column in COLUMNS.items()} | {"misc/serial_timesteps": row["iteration"] * self._num_steps, "fps": int(row["steps_per_second"])}
        return dict(sorted({**values, "eprewmean": _mean(rewards), "eplenmean": _mean(lengths)}.items()))

    def save(self, network: str, parameters, optimizer_state) -> None:
        """Write all that was taken in, and the agent.

        Raises:
            OutputError: if a file cannot be written.
        """
        table, log = self._logs / "progress.csv", self._logs / "log.txt"
        if self._updates and not table.exists():
            _append(table, ",".join(self._updates[0]) + "\n")
        for values in self._updates:
            self._events.write(values["misc/nupdates"], values)
            self._pending += [(table, ",".join(map(str, values.values())) + "\n"), (log, boxed(values))]
        for path in dict.fromkeys(path for path, _ in self._pending):
            _append(path, "".join(text for target, text in self._pending if target == path))
        self._pending, self._updates = [], []
        count, first, second = (optax.tree.get(optimizer_state, name) for name in ("count", "mu", "nu"))
        save_variables(self._directory / "model.pkl", network, parameters, AdamState(int(count), first, second))

    def close(self) -> None:
        """Close the event file."""
        self._events.close()


def boxed(values: Mapping[str, float]) -> str:
    """A table of two columns in a frame, as `log.txt` has one for each update."""
    cells = [(name, f"{value:<8.3g}" if isinstance(value, float) else str(value)) for name, value in values.items()]
    widths = [max(len(cell[column]) for cell in cells) for column in (0, 1)]
    rule = "-" * (sum(widths) + 7) + "\n"
    return rule + "".join(f"| {name:<{widths[0]}} | {value:<{widths[1]}} |\n" for name, value in cells) + rule


def _mean(numbers):
    return float(np.mean(numbers)) if numbers else float("nan")


def _append(path, text):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _read_monitor(path):
    """When the monitor started, and its newest games `(reward, length, time)`."""
    try:
        header, table = path.read_text(encoding="utf-8").split("\n", 1)
        games = [(float(game["r"]), int(game["l"]), float(game["t"])) for game in csv.DictReader(io.StringIO(table))]
        return float(json.loads(header.removeprefix("#"))["t_start"]), games[-RECENT:]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{path} is damaged, so the run cannot add to it: {error}; move the directory logs away to start new ones") from error
