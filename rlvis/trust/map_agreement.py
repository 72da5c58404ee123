"""How alike the maps of an interface are, frame by frame, as the page draws them."""

from collections.abc import Mapping
from itertools import combinations, islice, product

import numpy as np

from rlvis.environments.resize import area_weights, linear_weights
from rlvis.interface.content import AgreementContent
from rlvis.interface.interface_writer import InterfaceWriter
from rlvis.parallel.batches import core_count, run_batches
from rlvis.progress import progress_bar
from rlvis.trust.rank_correlation import ranks

# Maps are compared on the finest of their grids, but on none finer than this many cells a side.
FINEST_GRID = 32
# Every further output costs as much again as the first; the value comes first.
MOST_OUTPUTS = 4
FRAMES_AT_A_TIME = 256
# Trajectories; what a long one takes to be read is in memory meanwhile.
COMPARED_AT_A_TIME = 4


def compare_written_maps(writer: InterfaceWriter, trajectories: int, quiet: bool = False) -> list[AgreementContent]:
    """The agreement of all maps that a writer was given, for the first outputs of which there are several.

    Args:
        writer: with all its maps.
        trajectories: how many there are.
        quiet: no progress bar.
    """
    maps: dict[str, list[str]] = {}
    for map_id, output in writer.written_maps():
        maps.setdefault(output, []).append(map_id)
    outputs = [output for output, names in maps.items() if len(names) > 1][:MOST_OUTPUTS]
    with progress_bar("agreement of maps", len(outputs) * trajectories, unit="trajectory", quiet=quiet) as advance:
        def correlations(item):
            output, index = item
            sums = {name: writer.read_sum(name, output, index) for name in maps[output]}
            length = len(next(iter(sums.values())))
            parts = (slice(start, start + FRAMES_AT_A_TIME) for start in range(0, length, FRAMES_AT_A_TIME))
            # How strongly each cell moves the output.
            found = np.concatenate([pair_correlations({name: np.abs(each[part]) for name, each in sums.items()}) for part in parts], axis=1)
            advance()
            return found

        compared = run_batches(correlations, product(outputs, range(trajectories)), min(core_count(), COMPARED_AT_A_TIME))
        return [AgreementContent(output, list(combinations(maps[output], 2)), list(islice(compared, trajectories))) for output in outputs]


def pair_correlations(maps: Mapping[str, np.ndarray]) -> np.ndarray:
    """Spearman's ρ of every pair of maps in every frame.

    All are brought to one grid first, the finest among them up to `FINEST_GRID`: coarser ones by linear interpolation,
    finer ones by the mean of the area that a cell covers.

    Args:
        maps: `(T, h, w)` each.

    Returns:
        `(pairs, T)` float32, pairs as `itertools.combinations` orders them; NaN where a map is constant.
    """
    height, width = (min(FINEST_GRID, max(each.shape[axis] for each in maps.values())) for axis in (1, 2))
    directions = []
    for each in maps.values():
        ranked = ranks(_on_grid(each, height, width).reshape(len(each), -1))
        ranked -= ranked.mean(axis=1, keepdims=True)
        length = np.sqrt((ranked**2).sum(axis=1, keepdims=True))
        directions.append(np.divide(ranked, length, out=np.full(ranked.shape, np.nan), where=length > 0).astype(np.float32))
    return np.stack([(a * b).sum(axis=1) for a, b in combinations(directions, 2)])


def _on_grid(maps, height, width):
    return _weights(maps.shape[1], height) @ maps @ _weights(maps.shape[2], width).T


def _weights(source, target):
    return area_weights(source, target) if source > target else linear_weights(source, target)
