"""The index put together from what was added."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rlvis.interface.bookmark_view import BookmarksView, BookmarkView, MarkListView, MarkView
from rlvis.interface.colors import feature_colors, hex_colors, input_colors
from rlvis.interface.content import AgreementContent, InterfaceContent, LayerContent, MapContent, ObservationFormat, TimelineRow
from rlvis.interface.scales import display_scale
from rlvis.interface.sheets import picture_channels
from rlvis.interface.trust_view import AgreementView, JudgementView, TrustView
from rlvis.interface.view_model import ChunkView, DefaultsView, ExamplesView, HumanView, Index, LayerView, MapView, ObservationView, ScalesView, TrajectoryView
from rlvis.rollouts.bookmarks import find_bookmarks, find_extremes


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
        sums: the largest magnitude of a sum over positions, by the same.
        examples: the observations of dataset examples.
        feature_chunks, optimized_chunks: chunk names by layer.
        bookmarked_rows: of each trajectory, those whose extremes are bookmarked.
        agreement: of maps, by output.
        agreement_chunks: chunk names by trajectory.
        judgements, baselines, judged_frames: what maps were found worth, and on how many frames.
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
    sums: dict[tuple[str, str, int], float] = field(default_factory=dict)
    examples: ExamplesView | None = None
    feature_chunks: dict[str, str] = field(default_factory=dict)
    optimized_chunks: dict[str, str] = field(default_factory=dict)
    bookmarked_rows: list[list[TimelineRow]] = field(default_factory=list)
    agreement: list[AgreementContent] = field(default_factory=list)
    agreement_chunks: list[str] = field(default_factory=list)
    judgements: list[JudgementView] = field(default_factory=list)
    baselines: list[JudgementView] = field(default_factory=list)
    judged_frames: int = 0
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
        defaults=content.defaults or default_view([layer for layer in content.layers if not content.beside or layer.id not in content.beside.layers], list(parts.maps.values())),
        provenance=content.provenance,
        notes=[*content.notes, *notes],
        links=content.links,
        chunks=parts.chunks,
        memory=content.memory,
        marks=_marks(parts, content.bookmark_count, content.beside),
        trust=_trust(parts),
        beside=content.beside,
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


def _marks(parts, count, beside):
    lists = _disagreement(parts.agreement[0], parts.maps, count, beside) if parts.agreement else []
    for row in {row.label: row for each in parts.bookmarked_rows for row in each}.values():
        values = [_bookmarked(rows, row.label, len(dones)) for rows, dones in zip(parts.bookmarked_rows, parts.dones, strict=True)]
        titles = row.titles or (f"Highest {row.label}", f"Lowest {row.label}")
        lists += [_mark_list(title, meaning, find_extremes(values, count, highest)) for title, meaning, highest in zip(titles, row.meanings, (True, False), strict=True) if title]
    return [each for each in lists if each.marks]


def _bookmarked(rows, label, length):
    return next((np.where(row.bookmarked, row.values, np.nan) for row in rows if row.label == label), np.full(length, np.nan))


def _disagreement(agreement, maps, count, beside):
    """Where an agent's own maps are least alike, and where two agents' maps by the same method are."""
    methods = [{maps[name].method for name in pair} for pair in agreement.pairs]
    own = [not beside or not any(beside.owns(maps[name]) for name in pair) for pair in agreement.pairs]
    across = [len(pair) == 2 and mine for pair, mine in zip(methods, own, strict=True)]
    between = "methods" if any(across) else "layers"
    chosen = [(across if any(across) else own, f"{between} disagree most".capitalize(), f"mean rank correlation of maps of different {between}")]
    if beside:
        chosen.append((_counterparts(agreement, maps, beside), f"Maps unlike those of {beside.name}", f"mean rank correlation of maps with those of {beside.name}"))
    return [_mark_list(title, meaning, find_extremes([_mean_of_known(each[pairs]) for each in agreement.correlations], count)) for pairs, title, meaning in chosen if any(pairs)]


def _counterparts(agreement, maps, beside):
    """Which pairs are of both agents' maps by the same method: at layers of the same name if there are any such, else at all."""
    def common(pair, part):
        names = [getattr(maps[name], part) or "" for name in pair]
        return len({name.removeprefix(beside.prefix) for name in names}) == 1

    across = [len({beside.owns(maps[name]) for name in pair}) == 2 and common(pair, "method") for pair in agreement.pairs]
    same = [both and common(pair, "layer") for both, pair in zip(across, agreement.pairs, strict=True)]
    return same if any(same) else across


def _mark_list(title, meaning, found):
    return MarkListView(title, meaning, [MarkView(mark.trajectory, mark.frame, mark.value) for mark in found])


def _mean_of_known(values, axis=0):
    known = np.isfinite(values)
    return np.divide(np.where(known, values, 0).sum(axis=axis), known.sum(axis=axis), out=np.full(known.any(axis=axis).shape, np.nan), where=known.any(axis=axis))


def _trust(parts):
    if not parts.agreement and not parts.judgements:
        return None
    agreement = []
    for each in parts.agreement:
        means = _mean_of_known(np.concatenate(each.correlations, axis=1), axis=1)
        agreement.append(AgreementView(each.output, each.pairs, [float(mean) if np.isfinite(mean) else None for mean in means]))
    return TrustView(agreement, parts.agreement_chunks, parts.judged_frames, parts.judgements, parts.baselines)


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
        scales[output] = ScalesView([display_scale(part) for part in maxima], display_scale(np.concatenate(maxima)), [parts.sums[entry.id, output, trajectory] for trajectory in sorted(places)])
    return MapView(
        entry.id, entry.method, entry.label, entry.layer, entry.height, entry.width, entry.features, entry.residual, entry.signed, outputs, chunks, scales, entry.details, entry.completeness, entry.memory, entry.lags
    )
