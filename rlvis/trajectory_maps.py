"""The maps of every trajectory, encoded: as they are kept, sent to the first rank and written."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from rlvis.interface.content import MapContent, MapPlanes
from rlvis.interface.interface_writer import InterfaceWriter
from rlvis.interface.packed_planes import LEVELS
from rlvis.interface.planes import EncodedMap, encode_map
from rlvis.parallel.batches import run_batches
from rlvis.progress import progress_bar
from rlvis.rollouts.trajectory import Trajectory
from rlvis.stage_results import maps_from_arrays, maps_to_arrays
from rlvis.stages.stage_files import StageFiles

Piece = tuple[MapContent, str, MapPlanes]
EncodedPiece = tuple[MapContent, EncodedMap]


def encoded_maps(
    label: str,
    trajectories: Mapping[int, Trajectory],
    pieces: Callable[[Trajectory, Callable[[int], None]], Iterable[Piece]],
    dependencies: Mapping | None = None,
    stages: StageFiles | None = None,
    quiet: bool = False,
    levels: int = LEVELS,
    workers: int = 1,
) -> Iterator[list[EncodedPiece]]:
    """One method's maps of every trajectory, computed or taken from an earlier run.

    Args:
        label: what the maps are of, for people.
        trajectories: what to explain, by number.
        pieces: called as `pieces(trajectory, advance)`, gives `(map, output id, planes)` of each output, and calls
            `advance` with every number of frames done.
        dependencies: all that the maps depend on but the trajectory; `None` where that cannot be told.
        stages: where they are kept; nothing is kept if `None`.
        quiet: no progress bar.
        levels: between zero and full colour that they are stored with.
        workers: trajectories to treat at a time: while one is encoded, others are computed.

    Yields:
        The maps of each trajectory, in order.
    """
    stages = stages or StageFiles()
    with progress_bar(label, sum(map(len, trajectories.values())), unit="frame", quiet=quiet) as advance:
        def maps_of(item):
            index, trajectory = item
            done = 0

            def count(frames):
                nonlocal done
                done += frames
                advance(frames)

            def made():
                return maps_to_arrays([
                    (content, encode_map(content, output, index, planes, InterfaceWriter.map_name(content, output, index), levels)) for content, output, planes in pieces(trajectory, count)
                ])

            origin = None if dependencies is None else {**dependencies, "label": label, "trajectory": trajectory.digest, "index": index, "levels": levels}
            arrays = stages.obtain("maps", f"{label} {index + 1}", origin, made)
            advance(len(trajectory) - done)
            return maps_from_arrays(arrays)

        yield from run_batches(maps_of, trajectories.items(), workers)
