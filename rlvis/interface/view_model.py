"""The view model, version 1: everything the page knows before it loads its first chunk.

An `Index` of plain frozen dataclasses becomes JSON inside the page. The page is one reader of it, tests and
`rlvis publish` are others. Indices (of trajectories, frames, features, actions) count from zero.
Names ending in an underscore lose it in JSON (`return_` is written "return").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlvis.interface.agent_view import BesideView, CheckpointView, NetworkView
from rlvis.interface.bookmark_view import BookmarksView, MarkListView
from rlvis.interface.trust_view import TrustView

FORMAT = "rlvis-interface"
VERSION = 1


@dataclass(frozen=True)
class EnvironmentView:
    """The environment: its `kind` ("procgen", "atari", …), its `name`, and the `options` it was made with."""

    kind: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ObservationView:
    """How observations are pictured.

    Attributes:
        height, width: in pixels.
        channels: of the pictures, 1 (grey) or 3 (RGB).
        stack: frames in one observation; pictures show the newest.
    """

    height: int
    width: int
    channels: int
    stack: int = 1


@dataclass(frozen=True)
class HumanView:
    """Human-resolution frames.

    Attributes:
        height, width: in pixels.
        seen: the part (top, bottom, left, right) of them that the agent sees, as fractions.
    """

    height: int
    width: int
    seen: Sequence[float] = (0.0, 1.0, 0.0, 1.0)


@dataclass(frozen=True)
class ActionView:
    """One action.

    Attributes:
        name: as the environment calls it, "RIGHT+UP".
        glyph: an arrow, or "" if there is none that fits.
        short: a name of a few letters, used where there is no arrow.
        directions: those of "left", "right", "up", "down" that it holds.
    """

    name: str
    glyph: str = ""
    short: str = ""
    directions: Sequence[str] = ()


@dataclass(frozen=True)
class OutputView:
    """An output of the network: it has maps if they were computed, and a row on the timeline if it is a single number.

    Attributes:
        id: "value", "policy", "logit:3" or "group:right"; "gaze" for what a person looked at.
        label: how to name it to a person.
        kind: "value", "policy" (all logits together), "logit", "group" or "gaze".
        actions: the actions whose logits are summed; empty for the value and the whole policy.
    """

    id: str
    label: str
    kind: str
    actions: Sequence[int] = ()


@dataclass(frozen=True)
class EpisodeView:
    """The part of an episode inside a trajectory.

    Attributes:
        start, end: its frames, the end excluded.
        length: `end − start`.
        return_: sum of its rewards here, undiscounted.
        begun, ended: whether it began and ended here, rather than being cut off by the trajectory's ends.
    """

    start: int
    end: int
    length: int
    return_: float
    begun: bool
    ended: bool


@dataclass(frozen=True)
class TrajectoryView:
    """A trajectory.

    Attributes:
        label: what the page calls it.
        length: frames.
        seed: of its environment.
        chunk: name of the chunk of its numbers.
        frames: name of the chunk of its observations' pictures.
        human: name of the chunk of its human-resolution frames, if recorded.
        episodes: in order, without gaps.
    """

    label: str
    length: int
    seed: int
    chunk: str
    frames: str
    human: str | None
    episodes: Sequence[EpisodeView]


@dataclass(frozen=True)
class LayerView:
    """A layer attributed to.

    Attributes:
        id, label: its full name, and its short one.
        kind: "relu", "residual", "input", ….
        height, width, channels: of its activations.
        features: K, how many features (or channels) are shown.
        colors: "#rrggbb", one per feature.
        examples: name of the chunk of its features' dataset examples, if any.
        optimized: name of the chunk of its features' optimized pictures, if any.
        names: names a user gave to features, by feature number as a string.
        input: whether it is the observation itself, with gradients in the observation's own colours.
    """

    id: str
    label: str
    kind: str
    height: int
    width: int
    channels: int
    features: int
    colors: Sequence[str]
    examples: str | None = None
    optimized: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    input: bool = False


@dataclass(frozen=True)
class MemoryView:
    """One part of a recurrent network's memory; trajectories hold what was fed with every frame.

    Attributes:
        id, label: its name in chunks, such as "lstm/h", and for a person.
        size: how many units it has.
        units: the numbers of the units shown, the most telling first.
        share: of the variance of all units, what a linear function of those shown explains.
        shown: whether the timeline shows it before anybody touches it.
    """

    id: str
    label: str
    size: int
    units: Sequence[int]
    share: float
    shown: bool = True


@dataclass(frozen=True)
class ScalesView:
    """What counts as fully opaque: in each trajectory, and over all of them; and how far bars of sums reach.

    Attributes:
        trajectories: one number per trajectory.
        all: one number.
        sums: the largest magnitude of a feature's sum over positions in each trajectory.
    """

    trajectories: Sequence[float]
    all: float
    sums: Sequence[float]


@dataclass(frozen=True)
class MapView:
    """Maps of one attribution method, at one layer or on the observation's own pixels.

    Attributes:
        id: "METHOD/LAYER", or "METHOD" without a layer.
        method, label: its name in links and options, and for a person.
        layer: the layer's id; `None` for methods that work on pixels.
        height, width: of the maps.
        features: K planes.
        residual: whether one more plane holds what the features leave unexplained.
        signed: whether values can be negative.
        outputs: ids of the outputs there are maps of.
        chunks: names of chunks by output, one per trajectory.
        scales: by output.
        details: how it was computed.
        completeness: whether chunks hold the completeness error of every frame.
        memory: whether chunks hold what the memory fed with every frame contributed; it belongs to the sum then.
        lags: over how many frames, ending with the one shown, attribution is summed, chunks holding what each came to;
            0 where it is of one frame only.
    """

    id: str
    method: str
    label: str
    layer: str | None
    height: int
    width: int
    features: int
    residual: bool
    signed: bool
    outputs: Sequence[str]
    chunks: Mapping[str, Sequence[str]]
    scales: Mapping[str, ScalesView]
    details: Mapping[str, Any]
    completeness: bool
    memory: bool = False
    lags: int = 0


@dataclass(frozen=True)
class ExamplesView:
    """The observations that dataset examples are cut from.

    Attributes:
        count: how many.
        chunks: names of the chunks of their pictures.
        height, width: in pixels.
    """

    count: int
    chunks: Sequence[str]
    height: int
    width: int


@dataclass(frozen=True)
class DefaultsView:
    """What the page shows before anybody touches it.

    Attributes:
        layer, method: ids.
        fps: playing speed in frames per second.
        visible_frames: frames visible on the scrubber.
        attribution_weight: opacity of attribution over the observation.
        scrub_range: the columns of a frame shown in the strip, as fractions of its width.
    """

    layer: str | None
    method: str | None
    fps: float = 12
    visible_frames: int = 256
    attribution_weight: float = 0.9
    scrub_range: Sequence[float] = (42 / 64, 44 / 64)


@dataclass(frozen=True)
class ProvenanceView:
    """Where all this comes from.

    Attributes:
        checkpoint: the agent.
        command: that made the page.
        options: its options.
        versions: of rlvis and what it uses.
        seed: of everything random.
        date: ISO 8601.
    """

    checkpoint: CheckpointView | None = None
    command: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    date: str = ""


@dataclass(frozen=True)
class LinkView:
    """A link shown on the page: its text, `label`, and its target, `href`."""

    label: str
    href: str


@dataclass(frozen=True)
class ChunkView:
    """Where a chunk is.

    Attributes:
        file: relative to the page; `None` if it is a block inside the page.
        bytes: size of its text.
        sha256: of its text.
    """

    file: str | None
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Index:
    """The whole view model.

    Attributes:
        title: of the page.
        environment, network, observation: what was played, by whom, and what it saw.
        human: size of human-resolution frames, if recorded.
        gamma, gae_lambda: discount and λ of the advantages.
        actions: in the network's order.
        outputs: everything with a row on the timeline.
        trajectories, bookmarks, layers, maps: what there is to see.
        examples: observations for dataset examples, if any.
        defaults: what is shown first.
        provenance: where it comes from.
        notes: sentences for the page.
        links: further pages.
        chunks: by name.
        memory: the parts of the network's memory; empty for feed-forward networks.
        marks: further bookmarks.
        trust: whether to believe the maps, if anything is known about it.
        beside: a second agent that was shown the same frames; left out of the JSON where there is none.
        format, version: of this description.
    """

    title: str
    environment: EnvironmentView
    network: NetworkView
    observation: ObservationView
    human: HumanView | None
    gamma: float
    gae_lambda: float
    actions: Sequence[ActionView]
    outputs: Sequence[OutputView]
    trajectories: Sequence[TrajectoryView]
    bookmarks: BookmarksView
    layers: Sequence[LayerView]
    maps: Sequence[MapView]
    examples: ExamplesView | None
    defaults: DefaultsView
    provenance: ProvenanceView
    notes: Sequence[str]
    links: Sequence[LinkView]
    chunks: Mapping[str, ChunkView]
    memory: Sequence[MemoryView] = ()
    marks: Sequence[MarkListView] = ()
    trust: TrustView | None = None
    beside: BesideView | None = field(default=None, metadata={"left_out_if_none": True})
    format: str = FORMAT
    version: int = VERSION
