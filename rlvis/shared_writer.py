"""One interface written by all ranks: each encodes what it owns, the first one writes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rlvis.errors import OutputError
from rlvis.interface.content import InterfaceContent
from rlvis.interface.destination import claim_directory
from rlvis.interface.encoded_trajectory import EncodedTrajectory
from rlvis.interface.interface_writer import InterfaceWriter
from rlvis.parallel.communicator import communicator
from rlvis.parallel.shares import gather_in_rounds
from rlvis.trajectory_maps import EncodedPiece
from rlvis.trust.map_agreement import compare_written_maps
from rlvis.trust.map_judgement import Judgements


@contextmanager
def claim_together(directory) -> Iterator[Path]:
    """As `claim_directory`, for all ranks: the first one claims the directory, and where it may not, all raise."""
    ranks = communicator()
    with ExitStack() as open_until_end:
        path = error = None
        if ranks.rank == 0:
            try:
                path = open_until_end.enter_context(claim_directory(directory))
            except OutputError as refusal:
                error = refusal
        path, error = ranks.broadcast((path, error))
        if error is not None:
            raise error
        yield path


# How many things may wait to be written: they are in memory.
WAITING = 2


class SharedWriter:
    """An `InterfaceWriter` that every rank calls alike; the first one's writes in a thread of its own while others compute.

    What goes wrong there is raised by one of the calls that follow.

    Args:
        directory: the claimed directory's path, from `claim_together`.
        content, single_file: as for `InterfaceWriter`.
    """

    def __init__(self, directory: Path, content: InterfaceContent, single_file: bool = False):
        self._ranks = communicator()
        self._open = ExitStack()
        first = self._ranks.rank == 0
        self._writer = self._open.enter_context(InterfaceWriter(directory, content, single_file, claimed=True)) if first else None
        self._thread = self._open.enter_context(ThreadPoolExecutor(1, thread_name_prefix="rlvis"))
        self._written = deque()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return self._open.__exit__(*exception)

    def add_trajectories(self, count: int, mine: Iterable[EncodedTrajectory]) -> None:
        """Add all trajectories: this rank's, in order, and everybody else's."""
        for encoded in gather_in_rounds(count, iter(mine)):
            self._later(self._writer.add_encoded_trajectory, encoded)

    def add_maps(self, count: int, mine: Iterable[list[EncodedPiece]]) -> None:
        """Add the encoded maps of all trajectories: of this rank's, in order, and everybody else's."""
        for pieces in gather_in_rounds(count, iter(mine)):
            for content, encoded in pieces:
                self._later(self._writer.add_encoded_map, content, encoded)

    def add_examples(self, observations) -> None:
        """As `InterfaceWriter.add_examples`, with what all ranks have."""
        if self._writer is not None:
            self._later(self._writer.add_examples, observations)

    def add_features(self, features, optimized) -> None:
        """As `InterfaceWriter.add_features` and `add_optimized`, with what the first rank has."""
        if self._writer is not None:
            self._later(self._writer.add_features, features)
            if optimized:
                self._later(self._writer.add_optimized, features.layer, optimized)

    def add_agreement(self, trajectories: int, quiet: bool = False) -> None:
        """Compare the maps added so far with each other."""
        self._wait()
        if self._writer is not None:
            self._writer.add_agreement(compare_written_maps(self._writer, trajectories, quiet))

    def add_judgements(self, judge: Callable[[], Judgements], frames: int) -> None:
        """Have the maps judged on so many frames, by the first rank."""
        if self._writer is not None:
            self._later(self._writer.add_judgements, *judge(), frames)

    def add_page(self, name: str, source: Path) -> None:
        """As `InterfaceWriter.add_page`, by the first rank."""
        if self._writer is not None:
            self._later(self._writer.add_page, name, source)

    def finish(self) -> None:
        """Write the page; every rank returns once it is there."""
        self._wait()
        if self._writer is not None:
            self._writer.finish()
        self._ranks.barrier()

    def _later(self, write, *arguments):
        self._wait(WAITING - 1)
        self._written.append(self._thread.submit(write, *arguments))

    def _wait(self, left=0):
        """Wait until no more than that many things are left to write."""
        while len(self._written) > left:
            self._written.popleft().result()
