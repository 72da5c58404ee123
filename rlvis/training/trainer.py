"""The training loop: play, learn, evaluate, save."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from rlvis import __version__
from rlvis.environments import make_environment
from rlvis.errors import OptionError
from rlvis.networks import build
from rlvis.parallel.communicator import communicator as world
from rlvis.training.agent_file import save_agent
from rlvis.training.devices import prepare_devices
from rlvis.training.evaluation import evaluate
from rlvis.training.events import EventWriter
from rlvis.training.free_lunch_outputs import FreeLunchOutputs, check_network
from rlvis.training.levels import training_environment, unseen_environment
from rlvis.training.minibatches import Batch
from rlvis.training.options import TrainingOptions
from rlvis.training.rewards import RewardProcessor
from rlvis.training.rollout import Collector, EndedEpisode
from rlvis.training.run_directory import RunDirectory
from rlvis.training.starting_point import starting_point
from rlvis.training.stopping import Stopping
from rlvis.training.training_state import collector_to_arrays, restore_collector, tree_from_arrays, tree_to_arrays
from rlvis.training.update import Learner

NAN = float("nan")


class Trainer:
    """A training run.

    Args:
        options: what to train and how.
        run: where to keep it.
        make: makes environments from `(specification, num_envs, seed)`.
        report: called with each iteration's row of progress.
        resumed: the description of the network of a run to go on with.
    """

    def __init__(self, options: TrainingOptions, run: RunDirectory, *, make: Callable = make_environment, report: Callable[[dict], None] = lambda row: None, resumed: Mapping[str, Any] | None = None):
        self.options, self.run_directory, self.report = options, run, report
        self.communicator = world()
        self.devices = prepare_devices()
        self.specification, self.unseen = training_environment(options), unseen_environment(options)
        self.groups = my_groups(options, self.communicator)
        per_group = options.num_envs // group_count(options, self.communicator.size)
        environments = [make(self.specification, per_group, group_seed(options.seed, group)) for group in self.groups]
        shown, actions = environments[0].observation_shape, environments[0].num_actions
        self.action_names = tuple(environments[0].action_names)
        beginning = starting_point(options, shown, actions, resumed)
        self.network = build(beginning.description)
        check_minibatches(options, per_group, self.network)
        if options.free_lunch_outputs:
            check_network(self.network.name)
        self.collectors = [self._collector(environment, group, per_group) for environment, group in zip(environments, self.groups, strict=True)]
        self.learner = Learner(self.network, options, self.communicator, self.devices, beginning.parameters)
        self.iteration, self.best, self.seconds = 0, -np.inf, 0.0
        self.episodes: list[EndedEpisode] = []
        self.events: EventWriter | None = None
        self.free_lunch_outputs: FreeLunchOutputs | None = None

    def _collector(self, environment, group, per_group):
        options = self.options
        rewards = RewardProcessor(options.reward_processing, per_group, options.gamma, options.reward_scale, options.death_penalty)
        return Collector(environment, self.network, options.num_steps, rewards, seed=options.seed, first_index=group * per_group,
                         epsilon=options.epsilon_greedy, device=self.devices[group % len(self.devices)])

    @property
    def steps(self) -> int:
        """Environment steps so far."""
        return self.iteration * self.options.batch_steps

    def run(self) -> None:
        """Train until `total_steps`; on Ctrl-C or SIGTERM, save and raise `KeyboardInterrupt` or `SystemExit`."""
        with Stopping(self.communicator) as stopping:
            snapshot, saved_at = self.snapshot(), time.monotonic()
            try:
                while self.iteration < self.options.iterations and not stopping.requested():
                    with stopping.interruptible():
                        row = self.iterate()
                    self._record(row)
                    snapshot = self.snapshot()
                    due = time.monotonic() - saved_at > self.options.save_every
                    if self.communicator.broadcast(due):
                        self.save(snapshot)
                        saved_at = time.monotonic()
            finally:
                self.save(snapshot)

    def iterate(self) -> dict:
        """One iteration: a rollout of every group, and learning from it; returns its row of progress."""
        started = time.perf_counter(), time.process_time()
        waited = self._play()
        played = time.perf_counter()
        rollouts = [collector.finish() for collector in self.collectors]
        batch = Batch(rollouts, self.groups, self.options.gamma, self.options.gae_lambda)
        explained = explained_variance(batch, self.communicator)
        terms = self.learner.learn(batch, self.iteration)
        jax.block_until_ready(self.learner.parameters)
        ended, cpu = time.perf_counter(), time.process_time() - started[1]
        self.iteration += 1
        self.episodes = self._ended_episodes()
        elapsed = ended - started[0]
        self.seconds += elapsed
        row = {"iteration": self.iteration, "steps": self.steps, "seconds": self.seconds, **episode_statistics(self.episodes), **terms, "explained_variance": explained,
               "steps_per_second": self.options.batch_steps / elapsed, "steps_per_cpu_second": self.options.batch_steps / self.communicator.allreduce(cpu),
               "emulator_fraction": waited["emulator"] / elapsed, "forward_fraction": (played - started[0] - waited["emulator"]) / elapsed,
               "update_fraction": (ended - played) / elapsed}
        return {**row, **self._evaluation()}

    def _play(self):
        emulator = 0.0
        for collector in self.collectors:
            collector.begin(self.learner.parameters)
            collector.choose()
        for step in range(self.options.num_steps):
            for collector in self.collectors:
                jax.block_until_ready(collector.chosen_actions)
                start = time.perf_counter()
                collector.advance()
                emulator += time.perf_counter() - start
                if step + 1 < self.options.num_steps:
                    collector.choose()
        return {"emulator": emulator}

    def _ended_episodes(self):
        """Those of all processes that ended in the iteration, on the first; none on the others."""
        gathered = self.communicator.gather([episode for collector in self.collectors for episode in collector.episodes.take()])
        return [EndedEpisode(*episode) for part in gathered or [] for episode in part]

    def _evaluation(self):
        row = dict.fromkeys(("train_return", "train_return_error", "unseen_return", "unseen_return_error"), NAN)
        every = self.options.eval_every
        last = self.iteration == self.options.iterations
        if not every or not (last or self.steps // every > (self.steps - self.options.batch_steps) // every) or self.communicator.rank:
            return row
        for name, specification in (("train", self.specification), ("unseen", self.unseen)):
            if specification is not None:
                seed = group_seed(self.options.seed, 10_000 + self.iteration)
                result = evaluate(self.network, self.learner.parameters, specification, self.options.eval_episodes, seed)
                row |= {f"{name}_return": result.mean, f"{name}_return_error": result.standard_error}
        return row

    def _record(self, row):
        score = row["train_return"] if self.unseen is None else row["unseen_return"]
        if not self.options.eval_every:
            score = row["return_mean"]
        if self.communicator.rank == 0:
            self.run_directory.append_progress(row)
            if self.events is not None:
                self.events.write(row["steps"], {name: value for name, value in row.items() if name not in ("steps", "iteration")})
            if self.free_lunch_outputs is not None:
                self.free_lunch_outputs.add(row, self.episodes)
            self.report({**row, "total_steps": self.options.total_steps})
            if score > self.best:
                self.best = score
                self._save_agent(self.run_directory.best, row)

    def _save_agent(self, path, row):
        training = {"steps": self.steps, "return": row.get("return_mean"), "unseen_return": row.get("unseen_return"), "rlvis": __version__}
        save_agent(path, self.network, self.learner.parameters, self.specification, self.action_names, self.options, training)

    def snapshot(self) -> dict:
        """This process's share of the state between two iterations, cheap to take."""
        arrays = {}
        for group, collector in zip(self.groups, self.collectors, strict=True):
            arrays |= collector_to_arrays(f"groups/{group}", collector)
        counts = {"iteration": np.int64(self.iteration), "best": np.float64(self.best), "seconds": np.float64(self.seconds)}
        return {"arrays": {**arrays, **counts}, "parameters": self.learner.parameters, "optimizer_state": self.learner.optimizer_state}

    def save(self, snapshot: dict) -> None:
        """Write a snapshot of all processes, and the agent of that moment."""
        shares = self.communicator.gather(snapshot["arrays"])
        if self.communicator.rank:
            return
        # Only the first rank keeps the best score.
        arrays = {name: array for share in reversed(shares) for name, array in share.items()}
        learned = {**tree_to_arrays("parameters", snapshot["parameters"]), **tree_to_arrays("optimizer_state", snapshot["optimizer_state"])}
        self.run_directory.save_state({**arrays, **learned})
        save_agent(self.run_directory.last, self.network, snapshot["parameters"], self.specification, self.action_names, self.options,
                   {"steps": int(arrays["iteration"]) * self.options.batch_steps, "rlvis": __version__})
        if self.free_lunch_outputs is not None:
            self.free_lunch_outputs.save(self.network.name, snapshot["parameters"], snapshot["optimizer_state"])

    def resume(self) -> bool:
        """Go on from the run's saved state; returns whether emulators could be put back too (else new episodes start)."""
        arrays = self.communicator.broadcast(self.run_directory.load_state() if self.communicator.rank == 0 else None)
        learner = self.learner
        learner.parameters = jax.device_put(tree_from_arrays("parameters", learner.parameters, arrays), self.devices[0])
        learner.optimizer_state = jax.device_put(tree_from_arrays("optimizer_state", learner.optimizer_state, arrays), self.devices[0])
        self.iteration, self.best, self.seconds = int(arrays["iteration"]), float(arrays["best"]), float(arrays["seconds"])
        if self.communicator.rank == 0:
            self.run_directory.truncate_progress(self.iteration)
        return all([restore_collector(f"groups/{group}", collector, arrays) for group, collector in zip(self.groups, self.collectors, strict=True)])

    def close(self) -> None:
        """Close the environments and event files."""
        for writer in (self.events, self.free_lunch_outputs):
            if writer is not None:
                writer.close()
        for collector in self.collectors:
            collector.environment.close()


def episode_statistics(episodes: Sequence[EndedEpisode]) -> dict[str, float]:
    """The columns of progress that say how the episodes went that ended in an iteration."""
    if not episodes:
        return {"episodes": 0, "return_mean": NAN, "return_deviation": NAN, "length_mean": NAN}
    returns = np.array([episode.reward for episode in episodes])
    lengths = np.array([episode.length for episode in episodes])
    return {"episodes": len(episodes), "return_mean": float(returns.mean()), "return_deviation": float(returns.std()), "length_mean": float(lengths.mean())}


def group_count(options: TrainingOptions, ranks: int) -> int:
    """How many groups the environments are divided into.

    Raises:
        OptionError: if ranks, groups, environments and minibatches do not divide as they must.
    """
    groups = options.env_groups or (2 if ranks == 1 and options.num_envs % 2 == 0 else ranks)
    if groups % ranks:
        raise OptionError(f"{groups} groups of environments cannot be shared by {ranks} processes; make --env-groups a multiple of {ranks}")
    if options.num_envs % groups:
        raise OptionError(f"{options.num_envs} environments cannot be divided into {groups} groups; make --num-envs a multiple of {groups}")
    return groups


def check_minibatches(options: TrainingOptions, per_group: int, network) -> None:
    """Refuse what cannot be divided into minibatches, and networks that cannot be trained.

    Raises:
        OptionError: in both cases.
    """
    available, what = (per_group, "environments") if network.recurrent else (per_group * options.num_steps, "steps")
    if available < options.minibatches:
        raise OptionError(f"{available} {what} in a group cannot be divided into {options.minibatches} minibatches; choose fewer minibatches or more {what}")
    if any(layer.get("normalization") for layer in network.description["trunk"]):
        raise OptionError("networks with batch normalization can be loaded, but not trained; leave out normalization")


def my_groups(options: TrainingOptions, communicator) -> tuple[int, ...]:
    """The numbers of the groups this rank plays."""
    share = group_count(options, communicator.size) // communicator.size
    return tuple(range(communicator.rank * share, (communicator.rank + 1) * share))


def group_seed(seed: int, group: int) -> int:
    """31 bits for each group of environments, disjoint between groups as far as hashing goes."""
    return int(np.random.SeedSequence([seed, group]).generate_state(1)[0] >> 1)


def explained_variance(batch: Batch, processes) -> float:
    """`1 − Var[R − V] / Var[R]` over the batch of all processes: 1 for a perfect critic, 0 for one no better than a constant."""
    returns = np.concatenate([r.ravel() for r in batch.returns])
    values = np.concatenate([rollout.values.ravel() for rollout in batch.rollouts])
    pairs = np.stack([returns, returns - values], axis=1).astype(np.float64)
    mean = processes.allreduce(pairs.sum(axis=0)) / processes.allreduce(len(pairs))
    total, unexplained = processes.allreduce(((pairs - mean) ** 2).sum(axis=0))
    return float(1 - unexplained / total) if total > 0 else NAN
