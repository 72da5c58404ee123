"""Stopping in good order on Ctrl-C and SIGTERM."""

import signal
import threading
from contextlib import contextmanager


class Stopping:
    """Turns SIGINT and SIGTERM into an end of training that saves first.

    A process alone stops at once: the iteration under way is given up, and what is saved is the state before it.
    Processes that work together finish the iteration, since all of them have to stop at the same place.

    Args:
        communicator: the processes that work together.
    """

    def __init__(self, communicator):
        self._communicator = communicator
        self._received = None
        self._interruptible = False
        self._before = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, kind, error, traceback):
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._received is not None and kind is None:
            raise _exception(self._received)

    def _handle(self, number, frame):
        self._received = number
        if self._interruptible and self._communicator.size == 1:
            self._interruptible = False
            raise _exception(number)

    @contextmanager
    def interruptible(self):
        """The part of the work that a signal may break off."""
        if self._received is not None and self._communicator.size == 1:
            raise _exception(self._received)
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False

    def requested(self) -> bool:
        """Whether any of the processes was told to stop."""
        return self._communicator.allreduce(int(self._received is not None)) > 0


def _exception(number):
    return KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)
