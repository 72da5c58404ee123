"""Several Atari games stepped together, in this process or in one of their own.

The emulator keeps Python's lock while it runs, so that threads would not help: more than one processor needs more than
one process.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from typing import Any

import numpy as np

from rlvis.environments.atari_game import AtariGame
from rlvis.environments.atari_options import AtariOptions
from rlvis.errors import EnvironmentFailure, RlvisError


class AtariBatch:
    """Some games in this process; every method gives arrays with one entry (row) per game.

    Args:
        game, options: as for `AtariGame`.
        seeds: one per game.
        human_frames: also give the pictures.
    """

    def __init__(self, game: str, options: AtariOptions, seeds: Sequence[int], human_frames: bool):
        self._games = [AtariGame(game, options, seed) for seed in seeds]
        self._human_frames = human_frames

    def describe(self) -> tuple[tuple[int, int, int], tuple[str, ...]]:
        """The shape of observations and the names of actions."""
        return self._games[0].observation_shape, self._games[0].action_names

    def observe(self) -> dict[str, np.ndarray]:
        """What a `Moment` holds."""
        shown = {"observations": np.stack([game.observation for game in self._games]), "firsts": np.array([game.first for game in self._games])}
        return shown | ({"frames": np.stack([game.picture for game in self._games])} if self._human_frames else {})

    def step(self, actions: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """What the step gave (the fields of `AtariStep`), and the moment after it."""
        steps = [game.step(int(action)) for game, action in zip(self._games, actions, strict=True)]
        kinds = {"reward": np.float32, "terminated": bool, "truncated": bool, "game_over": bool, "lives": np.int32}
        return {name: np.array([getattr(step, name) for step in steps], kind) for name, kind in kinds.items()}, self.observe()

    def get_state(self) -> list[bytes]:
        """The games' states."""
        return [game.get_state() for game in self._games]

    def check_state(self, states: list[bytes]) -> None:
        """Raise what `set_state` would, and change nothing."""
        for game, state in zip(self._games, states, strict=True):
            game.read_state(state)

    def set_state(self, states: list[bytes]) -> None:
        """Return to states that `check_state` has let pass."""
        for game, state in zip(self._games, states, strict=True):
            game.set_state(game.read_state(state))


class LocalBatch:
    """An `AtariBatch` in this process, asked in two steps like a `RemoteBatch`."""

    def __init__(self, *arguments):
        self._batch = AtariBatch(*arguments)

    def ask(self, method: str, *arguments) -> None:
        """Remember what to do."""
        self._asked = method, arguments

    def answer(self) -> Any:
        """Do it."""
        method, arguments = self._asked
        return getattr(self._batch, method)(*arguments)

    def close(self) -> None:
        """Nothing to free."""


class RemoteBatch:
    """An `AtariBatch` in a process of its own; takes the same arguments."""

    def __init__(self, *arguments):
        self._connection, theirs = Pipe()
        # Not multiprocessing's own processes: those would import the caller's main module once more.
        command = [sys.executable, "-m", "rlvis.environments.atari_batch", str(theirs.fileno())]
        surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=surroundings, stdin=subprocess.DEVNULL)
        theirs.close()
        self._connection.send(arguments)

    def ask(self, method: str, *arguments) -> None:
        """Ask for the result of a method, without waiting for it."""
        self._talk(self._connection.send, (method, arguments))

    def answer(self) -> Any:
        """Wait for the result of what was asked; raises what the method raised."""
        result = self._talk(self._connection.recv)
        if isinstance(result, RlvisError):
            raise result
        return result

    def _talk(self, function, *arguments):
        try:
            return function(*arguments)
        except (EOFError, OSError) as error:
            raise EnvironmentFailure(f"a process with Atari emulators has ended (exit status {self._process.poll()})") from error

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.wait()


def serve(connection: Connection) -> None:
    """Make the batch that is asked for, and answer calls of its methods until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        batch = None
        arguments = connection.recv()
        while True:
            method, rest = connection.recv()
            try:
                batch = batch or AtariBatch(*arguments)
                connection.send(getattr(batch, method)(*rest))
            except RlvisError as error:
                connection.send(error)
    except (EOFError, OSError):
        # The other end has closed, or died.
        return


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
