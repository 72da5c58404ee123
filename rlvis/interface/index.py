"""The index put together from what was added."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rlvis.interface.colors import feature_colors, hex_colors, input_colors
from rlvis.interface.content import InterfaceContent, LayerContent, MapContent, ObservationFormat
from rlvis.interface.scales import display_scale
from rlvis.interface.sheets import picture_channels
from rlvis.interface.view_model import BookmarksView, BookmarkView, ChunkView, DefaultsView, ExamplesView, HumanView, Index, LayerView, MapView, ObservationView, ScalesView, TrajectoryView
from rlvis.rollouts.bookmarks import find_bookmarks


@dataclass
class IndexParts:
    """What a writer remembers of the pieces that were added.

    Attributes:
        trajectories: in order.
        advantages, dones: of each, for the bookmarks.
        human: size of human-resolution frames.
        maps: by id.
        map_chunks: chunk names by (map id, output), then trajectory.
        maxima: of frames, by (map id, output, trajectory), for the scales.
        examples: the observations of dataset examples.
        feature_chunks, optimized_chunks: chunk names by layer.
        chunks: by name.
        files: where each chunk's text is.
    """

    trajectories: list[TrajectoryView] = field(default_factory=list)
    advantages: list[np.ndarray] = field(default_factory=list)
    dones: list[np.ndarray] = field(default_factory=list)
    human: HumanView | None = None
    maps: dict[str, MapContent] = field(default_factory=dict)
    map_chunks: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)
    maxima: dict[tuple[str, str, int], np.ndarray] = field(default_factory=dict)
    examples: ExamplesView | None = None
    feature_chunks: dict[str, str] = field(default_factory=dict)
    optimized_chunks: dict[str, str] = field(default_factory=dict)
    chunks: dict[str, ChunkView] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def assemble_index(content: InterfaceContent, parts: IndexParts, notes: Sequence[str] = ()) -> Index:
    """The index of everything that was added, and bookmarks found in it."""
    observation = content.observation
    return Index(
        title=content.title,
        environment=content.environment,
        network=content.network,
        observation=ObservationView(observation.height, observation.width, picture_channels(observation), observation.stack),
        human=parts.human,
        gamma=content.gamma,
        gae_lambda=content.gae_lambda,
        actions=content.actions,
        outputs=content.outputs,
        trajectories=parts.trajectories,
        bookmarks=_bookmarks(parts, content.bookmark_count),
        layers=[_layer(layer, observation, parts) for layer in content.layers],
        maps=[_map(entry, parts) for entry in parts.maps.values()],
        examples=parts.examples,
        defaults=content.defaults or default_view(content.layers, list(parts.maps.values())),
        provenance=content.provenance,
        notes=[*content.notes, *notes],
        links=content.links,
        chunks=parts.chunks,
        memory=content.memory,
    )


def default_view(layers: Sequence[LayerContent], maps: Sequence[MapContent]) -> DefaultsView:
    """The middle hidden layer (the later one of two), and the first method that has maps of it."""
    hidden = [layer.id for layer in layers if not layer.input] or [layer.id for layer in layers]
    layer = hidden[len(hidden) // 2] if hidden else None
    methods = [entry.method for entry in maps if entry.layer == layer] or [entry.method for entry in maps]
    return DefaultsView(layer, methods[0] if methods else None)


def _bookmarks(parts, count):
    low, high = find_bookmarks(parts.advantages, parts.dones, count)
    return BookmarksView(*[[BookmarkView(mark.trajectory, mark.frame, mark.advantage) for mark in marks] for marks in (low, high)])


def _layer(layer: LayerContent, observation: ObservationFormat, parts):
    colors = layer.colors or (input_colors(observation.channels, observation.stack) if layer.input else hex_colors(feature_colors(layer.features)))
    return LayerView(
        layer.id,
        layer.label,
        layer.kind,
        layer.height,
        layer.width,
        layer.channels,
        layer.features,
        tuple(colors),
        parts.feature_chunks.get(layer.id),
        parts.optimized_chunks.get(layer.id),
        {str(feature): name for feature, name in layer.names.items()},
        layer.input,
    )


def _map(entry: MapContent, parts):
    outputs = [output for map_id, output in parts.map_chunks if map_id == entry.id]
    chunks, scales = {}, {}
    for output in outputs:
        places = parts.map_chunks[entry.id, output]
        chunks[output] = [places[trajectory] for trajectory in sorted(places)]
        maxima = [parts.maxima[entry.id, output, trajectory] for trajectory in sorted(places)]
        scales[output] = ScalesView([display_scale(part) for part in maxima], display_scale(np.concatenate(maxima)))
    return MapView(
        entry.id, entry.method, entry.label, entry.layer, entry.height, entry.width, entry.features, entry.residual, entry.signed, outputs, chunks, scales, entry.details, entry.completeness
    )
