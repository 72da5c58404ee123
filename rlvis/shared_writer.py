"""One interface written by all ranks: each encodes what it owns, the first one writes."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from rlvis.interface.content import InterfaceContent, MapContent, MapPlanes, TrajectoryContent
from rlvis.interface.interface_writer import InterfaceWriter
from rlvis.interface.planes import encode_map
from rlvis.interface.writing import PAGE
from rlvis.parallel.communicator import communicator
from rlvis.parallel.shares import gather_in_order
from rlvis.trust.map_agreement import compare_written_maps
from rlvis.trust.map_judgement import Judgements


class SharedWriter:
    """An `InterfaceWriter` that every rank calls alike; with one rank it is nothing else.

    Args:
        directory, content, single_file: as for `InterfaceWriter`.
    """

    def __init__(self, directory, content: InterfaceContent, single_file: bool = False):
        self._ranks = communicator()
        self._directory = Path(directory)
        self._open = ExitStack()
        first = self._ranks.rank == 0
        self._writer = self._open.enter_context(InterfaceWriter(directory, content, single_file)) if first else None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return self._open.__exit__(*exception)

    def add_trajectories(self, count: int, mine: Mapping[int, TrajectoryContent]) -> None:
        """Add all trajectories, of which this rank has some."""
        for trajectory in gather_in_order(count, mine):
            self._writer.add_trajectory(trajectory)

    def add_maps(self, pieces: Iterable[tuple[MapContent, str, int, MapPlanes]]) -> None:
        """Add `(map, output, trajectory, planes)` of this rank's trajectories, and everybody else's."""
        mine = [(content, encode_map(content, output, index, planes, InterfaceWriter.map_name(content, output, index))) for content, output, index, planes in pieces]
        everybodys = self._ranks.gather(mine)
        if self._writer is not None:
            for content, encoded in sorted((piece for part in everybodys for piece in part), key=lambda piece: piece[1].trajectory):
                self._writer.add_encoded_map(content, encoded)

    def add_examples(self, observations) -> None:
        """As `InterfaceWriter.add_examples`, with what all ranks have."""
        if self._writer is not None:
            self._writer.add_examples(observations)

    def add_features(self, features, optimized) -> None:
        """As `InterfaceWriter.add_features` and `add_optimized`, with what the first rank has."""
        if self._writer is not None:
            self._writer.add_features(features)
            if optimized:
                self._writer.add_optimized(features.layer, optimized)

    def add_agreement(self, trajectories: int, quiet: bool = False) -> None:
        """Compare the maps added so far with each other."""
        if self._writer is not None:
            self._writer.add_agreement(compare_written_maps(self._writer, trajectories, quiet))

    def add_judgements(self, judge: Callable[[], Judgements], frames: int) -> None:
        """Have the maps judged on so many frames, by the first rank."""
        if self._writer is not None:
            self._writer.add_judgements(*judge(), frames)

    def finish(self) -> Path:
        """Write the page; every rank returns its path once it is there."""
        if self._writer is not None:
            self._writer.finish()
        self._ranks.barrier()
        return self._directory / PAGE
