"""Is an index whole? Every name in it must lead somewhere."""

import math

from rlvis.errors import OutputError
from rlvis.interface.view_model import FORMAT, VERSION, Index


def validate_index(index: Index) -> None:
    """Check that the parts of an index fit together.

    Raises:
        OutputError: naming the part that does not fit.
    """
    if (index.format, index.version) != (FORMAT, VERSION):
        raise OutputError(f"an index of {index.format} version {index.version}; this rlvis writes {FORMAT} version {VERSION}")
    if not index.trajectories:
        raise OutputError("an interface needs at least one trajectory; none was added")
    _unique("outputs", [output.id for output in index.outputs])
    _unique("layers", [layer.id for layer in index.layers])
    _unique("maps", [entry.id for entry in index.maps])
    for output in index.outputs:
        _require(all(0 <= action < len(index.actions) for action in output.actions), f"output {output.id} sums actions {list(output.actions)}, but there are {len(index.actions)} actions")
    for trajectory in index.trajectories:
        _check_trajectory(index, trajectory)
    for layer in index.layers:
        _check_layer(index, layer)
    for entry in index.maps:
        _check_map(index, entry)
    marks = [mark for each in index.marks for mark in each.marks]
    for bookmark in [*index.bookmarks.low, *index.bookmarks.high, *marks]:
        _require(
            0 <= bookmark.trajectory < len(index.trajectories) and 0 <= bookmark.frame < index.trajectories[bookmark.trajectory].length,
            f"a bookmark leads to trajectory {bookmark.trajectory}, frame {bookmark.frame}, which does not exist",
        )
    if index.examples is not None:
        _known_chunks(index, "the example observations", index.examples.chunks)
    if index.trust is not None:
        _check_trust(index)
    if index.beside is not None:
        _check_beside(index)
    _check_defaults(index)


def _check_trajectory(index, trajectory):
    where = f"trajectory {trajectory.label!r}"
    _known_chunks(index, where, [trajectory.chunk, trajectory.frames, *([trajectory.human] if trajectory.human else [])])
    bounds = [(episode.start, episode.end) for episode in trajectory.episodes]
    joined = [start for start, _ in bounds] == [0, *[end for _, end in bounds[:-1]]]
    _require(joined and bounds[-1][1] == trajectory.length, f"{where} has {trajectory.length} frames, but its episodes are {bounds}")


def _check_layer(index, layer):
    _require(len(layer.colors) == layer.features, f"layer {layer.id} has {layer.features} features but {len(layer.colors)} colours")
    _known_chunks(index, f"layer {layer.id}", [name for name in (layer.examples, layer.optimized) if name is not None])
    _require(layer.examples is None or index.examples is not None, f"layer {layer.id} has dataset examples, but no example observations were added")


def _check_map(index, entry):
    layers = {layer.id: layer for layer in index.layers}
    outputs = {output.id for output in index.outputs}
    if entry.layer is not None:
        _require(entry.layer in layers, f"map {entry.id} is of layer {entry.layer!r}; the layers are {', '.join(layers) or 'none'}")
        layer = layers[entry.layer]
        _require(
            (entry.height, entry.width, entry.features) == (layer.height, layer.width, layer.features),
            f"map {entry.id} is {entry.height} × {entry.width} with {entry.features} features; its layer is {layer.height} × {layer.width} with {layer.features}",
        )
    _require(set(entry.outputs) <= outputs, f"map {entry.id} has outputs {sorted(set(entry.outputs) - outputs)} that the index does not list")
    for output in entry.outputs:
        names, scales = entry.chunks.get(output, ()), entry.scales.get(output)
        where = f"map {entry.id}, {output}"
        _require(len(names) == len(index.trajectories), f"{where} covers {len(names)} of {len(index.trajectories)} trajectories; every map must cover all")
        _known_chunks(index, where, names)
        _require(scales is not None and len(scales.trajectories) == len(scales.sums) == len(names), f"{where} lacks scales")
        _require(all(math.isfinite(scale) and scale > 0 for scale in [*scales.trajectories, scales.all]), f"{where} has a scale that is not a positive number")


def _check_trust(index):
    maps = {entry.id: entry for entry in index.maps}
    _known_chunks(index, "the agreement of maps", index.trust.chunks)
    _require(not index.trust.agreement or len(index.trust.chunks) == len(index.trajectories), f"agreement covers {len(index.trust.chunks)} of {len(index.trajectories)} trajectories")
    for agreement in index.trust.agreement:
        _require(len(agreement.means) == len(agreement.pairs), f"agreement of {agreement.output} has {len(agreement.pairs)} pairs but {len(agreement.means)} means")
        for name in {name for pair in agreement.pairs for name in pair}:
            _require(name in maps and agreement.output in maps[name].outputs, f"agreement compares map {name!r} of {agreement.output}, which was not added")
    for judgement in index.trust.judgements:
        _require(judgement.source in maps, f"a judgement is about map {judgement.source!r}, which was not added")


def _check_beside(index):
    beside, layers, methods = index.beside, {layer.id for layer in index.layers}, {entry.method for entry in index.maps}
    missing = [*(layer for layer in beside.layers if layer not in layers), *(method for method in beside.methods if method not in methods)]
    _require(not missing, f"the second agent, {beside.name}, is said to have {', '.join(missing)}, of which there is nothing")
    _require(beside.layer in beside.layers, f"the layer {beside.layer!r} is shown of the second agent, {beside.name}, but its own are {', '.join(beside.layers) or 'none'}")


def _check_defaults(index):
    layer, method = index.defaults.layer, index.defaults.method
    _require(layer is None or layer in {entry.id for entry in index.layers}, f"the default layer {layer!r} is not among the layers")
    _require(method is None or method in {entry.method for entry in index.maps}, f"the default method {method!r} has no maps")


def _known_chunks(index, where, names):
    for name in names:
        _require(name in index.chunks, f"{where} refers to chunk {name!r}, which was not written")


def _unique(what, ids):
    twice = sorted({id for id in ids if ids.count(id) > 1})
    _require(not twice, f"{what} appear twice: {', '.join(twice)}")


def _require(condition, message):
    if not condition:
        raise OutputError(message)
