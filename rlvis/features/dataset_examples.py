"""Feature visualization by dataset examples: for each place in the picture, an observation that excites the feature there.

Which observation is shown where, and how strongly, is a small table; the pictures are cut out of the observations by
whoever shows them: around the centre (r, c), in cells, an `expand_mult`-cell patch has its corners at
`round((r ± expand_mult/2) · H/h)` and `round((c ± expand_mult/2) · W/w)` pixels.

Source: Hilton et al. 2020, "Dissecting failure", footnote on spatially aware feature visualization, and its code.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlvis.errors import NetworkError, OptionError, RolloutError
from rlvis.features.position_grids import AxisGrid, axis_grid, interpolate
from rlvis.features.rankings import Ranking, choose
from rlvis.parallel.batches import run_batches
from rlvis.stored_planes import StoredPlanes

SUBDIVISIONS = (0.25, 0.5, 1, 2)
# The positions of a mosaic may all be filled by a tenth of the observations.
TOP_FRACTION = 0.1
MIN_OPACITY = 15 / 255
THUMBNAIL_SIDE = 4
THUMBNAIL_REPEATS = 4
THUMBNAIL_CANDIDATES = 512
STRONGEST = 32


@dataclass(frozen=True, eq=False)
class Mosaic:
    """One patch per position of a grid: the observation it is cut from, and its opacity in [0, 1], each `(rows, columns)`."""

    observation: np.ndarray
    strength: np.ndarray


@dataclass(frozen=True, eq=False)
class Patches:
    """Patches anywhere: observation, centre in cells (float32) and strength in [0, 1], all of one shape.

    In a thumbnail, `(4, 4)`, strength is the opacity; in a ranked list, `(M,)`, the activation relative to the first.
    """

    observation: np.ndarray
    row: np.ndarray
    column: np.ndarray
    strength: np.ndarray


@dataclass(frozen=True, eq=False)
class FeatureExamples:
    """One feature's examples: mosaics by subdivision ("0.25", "0.5", "1", "2"), the thumbnail and the strongest, ranked."""

    mosaics: dict[str, Mosaic]
    thumbnail: Patches
    strongest: Patches


@dataclass(frozen=True, eq=False)
class LayerExamples:
    """The examples for all features of a layer.

    Attributes:
        features: one `FeatureExamples` per feature.
        centres: by subdivision, the centres of the mosaics' rows and columns in cells, two float32 arrays.
    """

    features: tuple[FeatureExamples, ...]
    centres: dict[str, tuple[np.ndarray, np.ndarray]]

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name: "k/s/observation", "k/s/strength", "s/centre_rows", "s/centre_columns", "k/thumbnail/…", "k/strongest/…"."""
        named = {}
        for name, (rows, columns) in self.centres.items():
            named |= {f"{name}/centre_rows": rows, f"{name}/centre_columns": columns}
        for index, feature in enumerate(self.features):
            groups = {**feature.mosaics, "thumbnail": feature.thumbnail, "strongest": feature.strongest}
            named |= {f"{index}/{group}/{part}": array for group, parts in groups.items() for part, array in vars(parts).items()}
        return named

    def referenced(self) -> np.ndarray:
        """The observations that are shown somewhere, ascending."""
        return np.unique(np.concatenate([array.ravel() for name, array in self.arrays().items() if name.endswith("/observation")]))

    def renumbered(self, kept: np.ndarray) -> "LayerExamples":
        """The same with observations numbered by their place in `kept`, an ascending array that holds all referenced."""
        def renumber(patches):
            parts = {**vars(patches), "observation": np.searchsorted(kept, patches.observation).astype(_index_type(len(kept)))}
            return type(patches)(**parts)

        features = (
            FeatureExamples({name: renumber(mosaic) for name, mosaic in feature.mosaics.items()}, renumber(feature.thumbnail), renumber(feature.strongest))
            for feature in self.features
        )
        return LayerExamples(tuple(features), self.centres)


def dataset_examples(
    activations,
    subdivisions: Sequence[float] = SUBDIVISIONS,
    patch_pixels: int = 16,
    strongest: int = STRONGEST,
    workers: int | None = None,
) -> LayerExamples:
    """Choose the examples for every feature of a layer.

    Args:
        activations: T(a), the features' activations for N observations, `(N, h, w, K)`, non-negative; an array or
            `StoredPlanes`.
        subdivisions: densities of the mosaics; a grid that would be empty is left out.
        patch_pixels: pixels in a patch, for the percentile in the opacities, which is over the mosaic's pixels:
            `expand_mult² · (H/h) · (W/w)`.
        strongest: length of the ranked list.
        workers: features to treat at a time; one per core if `None`.

    Raises:
        RolloutError: for fewer than 16 observations.
        OptionError: if the activations are not `(N, h, w, K)`, or a subdivision is not positive.
        NetworkError: if an activation is negative, NaN or infinite.
    """
    activations = activations if isinstance(activations, StoredPlanes) else np.asarray(activations)
    if len(activations.shape) != 4 or 0 in activations.shape[1:]:
        raise OptionError(f"the features' activations must be (N, h, w, K), found {activations.shape}")
    if min(subdivisions, default=1) <= 0:
        raise OptionError(f"the densities of mosaics must be positive, got {min(subdivisions)}")
    if len(activations) < THUMBNAIL_SIDE**2:
        raise RolloutError(f"a feature's thumbnail shows {THUMBNAIL_SIDE**2} observations, but there are {len(activations)}; record more observations")
    grids = {f"{s:g}": (axis_grid(activations.shape[1], s), axis_grid(activations.shape[2], s)) for s in subdivisions}
    grids = {name: axes for name, axes in grids.items() if len(axes[0]) and len(axes[1])}

    def examples_of(feature):
        # Observations last: every position then reads one contiguous run.
        cells = np.ascontiguousarray(np.moveaxis(activations[..., feature], 0, -1), np.float32)
        # Adding zero turns −0 into 0, whose bits sort with the other non-negative numbers'.
        cells += 0
        if not (np.isfinite(cells).all() and (cells >= 0).all()):
            raise NetworkError(f"the activations of feature {feature} contain NaN, infinity or negative numbers; they should come from the features' transform")
        mosaics = {name: choose_mosaic(cells, *axes, patch_pixels) for name, axes in grids.items()}
        return FeatureExamples(mosaics, choose_thumbnail(cells), rank_strongest(cells, strongest))

    features = tuple(run_batches(examples_of, range(activations.shape[-1]), workers))
    return LayerExamples(features, {name: (rows.centres, columns.centres) for name, (rows, columns) in grids.items()})


def choose_mosaic(cells: np.ndarray, rows: AxisGrid, columns: AxisGrid, patch_pixels: int = 16) -> Mosaic:
    """One feature's mosaic on a grid; `cells` are its activations `(h, w, N)`."""
    positions, count = len(rows) * len(columns), cells.shape[-1]
    ranking = Ranking(lambda numbers: interpolate(cells, rows, columns, numbers), positions, count)
    chosen, values = choose(ranking, math.ceil(positions / (count * TOP_FRACTION)), range(1, count + 1))
    shape = (len(rows), len(columns))
    return Mosaic(chosen.astype(_index_type(count)).reshape(shape), opacities(values, patch_pixels).reshape(shape))


def opacities(activations: np.ndarray, patch_pixels: int) -> np.ndarray:
    """`min(1, 15/255 + o (240/255) / t)` with `o = a / max a`, t the 90th percentile of o over all patches' pixels, but at least 1/10.

    Args:
        activations: a, `(P,)`.
        patch_pixels: pixels in each patch.

    Returns:
        `(P,)` float32.
    """
    largest = activations.max()
    relative = activations / largest if largest > 0 else np.zeros_like(activations)
    threshold = max(_repeated_percentile(relative, 90, patch_pixels), relative.max() / 10) or 1
    return np.minimum(1, MIN_OPACITY + relative * ((1 - MIN_OPACITY) / threshold)).astype(np.float32)


def choose_thumbnail(cells: np.ndarray) -> Patches:
    """One feature's 4 × 4 thumbnail; `cells` are its activations `(h, w, N)`.

    Each observation takes the position where it is strongest, a position at most four of them; the 16 strongest are
    laid out by where they are active. An observation only gives way to stronger ones, so those that are weaker
    everywhere than the 16th of a selection cannot change it.
    """
    height, width, count = cells.shape
    flat = cells.reshape(-1, count)
    peaks = flat.max(axis=0)
    strongest_first = np.argsort(-peaks, kind="stable")
    size, wanted = THUMBNAIL_CANDIDATES, THUMBNAIL_SIDE**2
    while True:
        observations = np.sort(strongest_first[:size])
        candidates = np.ascontiguousarray(flat[:, observations].T)
        ranking = Ranking(candidates.__getitem__, len(observations), height * width)
        chosen, values = choose(ranking, THUMBNAIL_REPEATS, range(1, height * width))
        best = np.argsort(-values, kind="stable")[:wanted]
        if size >= count or values[best[-1]] > peaks[strongest_first[size]]:
            break
        size *= 2
    row, column = np.divmod(chosen[best], width)
    order = np.lexsort((column, row)).reshape(THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    order = np.take_along_axis(order, np.argsort(column[order], axis=1, kind="stable"), axis=1)
    relative = values[best] / (values[best].max() or 1)
    strength = np.where(relative > 0, np.minimum(1, MIN_OPACITY + relative * (1 - MIN_OPACITY)), 0).astype(np.float32)
    return _patches(observations[best][order], row[order], column[order], strength[order], count)


def rank_strongest(cells: np.ndarray, length: int = STRONGEST) -> Patches:
    """The observations that excite a feature most, strongest first, each at its best position; `cells` are `(h, w, N)`."""
    count = cells.shape[-1]
    flat = cells.reshape(-1, count)
    position = flat.argmax(axis=0)
    peaks = flat[position, np.arange(count)]
    best = np.argsort(-peaks, kind="stable")[:length]
    row, column = np.divmod(position[best], cells.shape[1])
    return _patches(best, row, column, peaks[best] / (peaks.max() or 1), count)


def _patches(observation, row, column, strength, count):
    centre_row, centre_column = (row + 0.5).astype(np.float32), (column + 0.5).astype(np.float32)
    return Patches(observation.astype(_index_type(count)), centre_row, centre_column, strength.astype(np.float32))


def _repeated_percentile(values, percent, repeats):
    """`np.percentile(np.repeat(values, repeats), percent)`, without the repetition."""
    ordered = np.sort(values)
    place = (len(values) * repeats - 1) * percent / 100
    lower, upper = ordered[math.floor(place) // repeats], ordered[math.ceil(place) // repeats]
    return float(lower + (upper - lower) * (place - math.floor(place)))


def _index_type(count):
    return np.uint16 if count <= 2**16 else np.uint32
