"""Results of stages as named arrays, as `StageFiles` keeps them, and back."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from rlvis.features.dataset_examples import FeatureExamples, LayerExamples, Mosaic, Patches
from rlvis.features.nmf import ChannelDirections
from rlvis.interface.chunks import Chunk
from rlvis.interface.content import MapContent
from rlvis.interface.planes import EncodedMap

Arrays = Mapping[str, np.ndarray]


def directions_to_arrays(directions: ChannelDirections) -> Arrays:
    """A layer's channel directions by the names of their attributes."""
    return {name: np.asarray(getattr(directions, name)) for name in ("components", "reconstruction_error", "fitted_to", "rows", "rows_used", "seed")}


def directions_from_arrays(arrays: Arrays) -> ChannelDirections:
    """The inverse of `directions_to_arrays`."""
    return ChannelDirections(arrays["components"], *(arrays[name].item() for name in ("reconstruction_error", "fitted_to", "rows", "rows_used", "seed")))


def examples_to_arrays(examples: LayerExamples) -> Arrays:
    """The dataset examples of a layer's features."""
    return {"mosaics": np.array(list(examples.centres)), **examples.arrays()}


def examples_from_arrays(arrays: Arrays) -> LayerExamples:
    """The inverse of `examples_to_arrays`."""
    names = arrays["mosaics"].tolist()

    def patches(place):
        return Patches(*(arrays[f"{place}/{part}"] for part in ("observation", "row", "column", "strength")))

    def feature(index):
        mosaics = {name: Mosaic(arrays[f"{index}/{name}/observation"], arrays[f"{index}/{name}/strength"]) for name in names}
        return FeatureExamples(mosaics, patches(f"{index}/thumbnail"), patches(f"{index}/strongest"))

    count = sum(name.endswith("/thumbnail/row") for name in arrays)
    return LayerExamples(tuple(map(feature, range(count))), {name: (arrays[f"{name}/centre_rows"], arrays[f"{name}/centre_columns"]) for name in names})


def maps_to_arrays(maps: Sequence[tuple[MapContent, EncodedMap]]) -> Arrays:
    """Encoded maps of one trajectory, with what they are maps of."""
    arrays = {}
    for number, (content, encoded) in enumerate(maps):
        chunk = encoded.chunk
        described = {"content": vars(content), "output": encoded.output, "trajectory": encoded.trajectory, "name": chunk.name, "header": chunk.header, "largest_sum": encoded.largest_sum}
        arrays |= {f"{number}/description": np.frombuffer(json.dumps(described).encode(), np.uint8), f"{number}/body": np.frombuffer(chunk.body, np.uint8), f"{number}/maxima": encoded.maxima}
    return arrays


def maps_from_arrays(arrays: Arrays) -> list[tuple[MapContent, EncodedMap]]:
    """The inverse of `maps_to_arrays`."""
    maps = []
    for number in range(len(arrays) // 3):
        described = json.loads(arrays[f"{number}/description"].tobytes())
        content = MapContent(**described["content"])
        chunk = Chunk(described["name"], described["header"], arrays[f"{number}/body"].tobytes())
        maps.append((content, EncodedMap(content.id, described["output"], described["trajectory"], chunk, arrays[f"{number}/maxima"], described["largest_sum"])))
    return maps
