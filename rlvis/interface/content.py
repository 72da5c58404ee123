"""What the pipeline hands over: plain NumPy data, one piece at a time.

T frames of H × W pixels; a layer's maps are h × w with K features.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rlvis.errors import OutputError
from rlvis.interface.view_model import ActionView, BesideView, DefaultsView, EnvironmentView, LinkView, MemoryView, NetworkView, OutputView, ProvenanceView
from rlvis.rollouts.memory import MemoryTrace
from rlvis.stored_planes import StoredPlanes


@dataclass(frozen=True)
class ObservationFormat:
    """How observations are laid out.

    Attributes:
        height, width: H and W.
        channels: of one frame: 1 is grey, 3 is RGB; other numbers are pictured with one colour per channel.
        stack: frames in one observation, along the channels, newest last; an observation has `stack · channels` channels.
        low, high: floating-point observations are pictured between these, black to white.
        crop: the part (top, bottom, left, right) in pixels of the human-resolution frame that the agent sees; `None` for all of it.
    """

    height: int
    width: int
    channels: int
    stack: int = 1
    low: float = 0.0
    high: float = 1.0
    crop: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class LayerContent:
    """A layer attributed to.

    Attributes:
        id, label: its full name, and a short one.
        kind: "relu", "residual", "input", ….
        height, width, channels: of its activations.
        features: K.
        colors: "#rrggbb", one per feature; feature colours if `None` (the observation's own for the input layer).
        names: names a user gave to features, by number.
        input: whether it is the observation itself.
    """

    id: str
    label: str
    kind: str
    height: int
    width: int
    channels: int
    features: int
    colors: Sequence[str] | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    input: bool = False


@dataclass(frozen=True)
class InterfaceContent:
    """What the page is about: all that is known before the first trajectory.

    Attributes:
        title: of the page.
        environment, network: what was played, and by whom.
        observation: the layout of observations.
        actions: in the network's order.
        outputs: everything that gets a row on the timeline; normally the value, every logit, every group.
        layers: from input to output.
        gamma, gae_lambda: discount and λ of the advantages.
        provenance: where it comes from.
        defaults: what is shown first; chosen from what there is if `None`.
        notes: sentences for the page.
        links: further pages.
        memory: the parts of the network's memory that trajectories have traces of.
        bookmark_count: how many bookmarks of each sign.
        map_levels: levels that maps are rounded to between zero and full colour; more are more exact, and larger.
        beside: a second agent that was shown the same frames.
    """

    title: str
    environment: EnvironmentView
    network: NetworkView
    observation: ObservationFormat
    actions: Sequence[ActionView]
    outputs: Sequence[OutputView]
    layers: Sequence[LayerContent]
    gamma: float
    gae_lambda: float
    provenance: ProvenanceView = ProvenanceView()
    defaults: DefaultsView | None = None
    notes: Sequence[str] = ()
    links: Sequence[LinkView] = ()
    memory: Sequence[MemoryView] = ()
    bookmark_count: int = 16
    map_levels: int = 10
    beside: BesideView | None = None


@dataclass(frozen=True)
class TimelineRow:
    """A further row on the timeline.

    Attributes:
        name, label: for the page, and for a person.
        values: `(T,)`.
        color: "#rrggbb" if not the page's choice.
        bookmarked: `(T,)` bool: frames that the page may bookmark as the row's highest and lowest; none if `None`.
        meanings: of being highest and lowest, in a few words.
        titles: of the lists of such frames, in place of "Highest LABEL" and "Lowest LABEL"; "" for no list.
    """

    name: str
    label: str
    values: np.ndarray
    color: str | None = None
    bookmarked: np.ndarray | None = None
    meanings: tuple[str, str] = ("", "")
    titles: tuple[str, str] | None = None


@dataclass(frozen=True)
class FixationContent:
    """Where a person looked in T frames.

    Attributes:
        starts: `(T + 1,)`: frame t has the fixations from number `starts[t]` to before `starts[t + 1]`.
        rows, columns: `(n,)`, fractions of the observation's height and width; not between 0 and 1 beside it.
    """

    starts: np.ndarray
    rows: np.ndarray
    columns: np.ndarray

    def __len__(self):
        return len(self.starts) - 1


@dataclass(frozen=True)
class TrajectoryContent:
    """A trajectory.

    Attributes:
        label: what the page calls it.
        seed: of its environment.
        observations: `(T, H, W, stack · channels)`: uint8, bool, or floating point between the format's low and high.
        rewards, values, advantages: `(T,)`.
        logits: `(T, A)`.
        actions: `(T,)`.
        firsts, dones: `(T,)` bool.
        human_frames: `(T, H', W', 3)` uint8, or anything that has such a shape and gives such arrays when sliced along T.
        rows: further rows on the timeline.
        memory: a trace of every part of the memory that the content lists, by its id.
        fixations: where a person looked, if known.
        beside_values, beside_logits: `(T,)` and `(T, A)` of the second agent, if there is one.
    """

    label: str
    seed: int
    observations: np.ndarray
    rewards: np.ndarray
    values: np.ndarray
    advantages: np.ndarray
    logits: np.ndarray
    actions: np.ndarray
    firsts: np.ndarray
    dones: np.ndarray
    human_frames: Any = None
    rows: Sequence[TimelineRow] = ()
    memory: Mapping[str, MemoryTrace] = field(default_factory=dict)
    fixations: FixationContent | None = None
    beside_values: np.ndarray | None = None
    beside_logits: np.ndarray | None = None

    def __post_init__(self):
        length = len(self.observations)
        if length == 0:
            raise OutputError(f"trajectory {self.label!r} has no frames")
        parts = {name: getattr(self, name) for name in ("rewards", "values", "advantages", "logits", "actions", "firsts", "dones")}
        parts |= {f"row {row.name}": row.values for row in self.rows}
        parts |= {f"memory {name}": trace.units for name, trace in self.memory.items()}
        if self.fixations is not None:
            parts["fixations"] = self.fixations
        parts |= {name: getattr(self, name) for name in ("human_frames", "beside_values", "beside_logits") if getattr(self, name) is not None}
        for name, part in parts.items():
            if len(part) != length:
                raise OutputError(f"trajectory {self.label!r} has {length} observations but {len(part)} {name}")

    def __len__(self):
        return len(self.observations)


@dataclass(frozen=True)
class MapContent:
    """An attribution method's maps, all outputs and trajectories of them: everything but the numbers.

    Attributes:
        method, label: its name in links and options, and for a person.
        layer: the layer's id; `None` for methods that work on pixels.
        height, width: h and w.
        features: K; 1 for methods that work on pixels.
        residual: whether a residual comes with the planes.
        signed: whether values can be negative.
        completeness: whether the completeness error of every frame comes with them.
        details: how it was computed.
        memory: whether what the memory contributed comes with them.
        lags: over how many frames, ending with the one shown, attribution was summed; 0 where it is of one frame only.
    """

    method: str
    label: str
    layer: str | None
    height: int
    width: int
    features: int = 1
    residual: bool = False
    signed: bool = True
    completeness: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)
    memory: bool = False
    lags: int = 0

    @property
    def id(self) -> str:
        """ "METHOD/LAYER", or "METHOD" without a layer."""
        return self.method if self.layer is None else f"{self.method}/{self.layer}"


@dataclass(frozen=True)
class MapPlanes:
    """The numbers of one map for one output and one trajectory.

    Attributes:
        planes: displayed attribution, `(T, h, w, K)` float32; not yet divided by any scale. An array, or anything that
            has such a shape and length and gives `(T, h, w)` arrays as `planes[..., k]` (`StoredPlanes`).
        residual: what the features leave unexplained, `(T, h, w, 1)`, likewise, if the map has it.
        completeness: `|Σ attr − (F(a) − F(0))| / |F(a) − F(0)|`, `(T,)`, if the map has it.
        target: F(a), `(T,)`, if known.
        memory: what the memory fed contributed, `(T,)`, if the map has it.
        lags: what each of the last frames contributed, this one first, `(T, lags)`, if the map has it.
    """

    planes: np.ndarray | StoredPlanes
    residual: np.ndarray | StoredPlanes | None = None
    completeness: np.ndarray | None = None
    target: np.ndarray | None = None
    memory: np.ndarray | None = None
    lags: np.ndarray | None = None


@dataclass(frozen=True)
class PatchMosaic:
    """Dataset examples laid out by where they excite a feature, for every feature at one density.

    Attributes:
        subdivision: the density, such as "0.25" or "1".
        centre_rows: `(rows,)` float32, centres in units of layer cells: pixel = centre · H / h.
        centre_columns: `(columns,)` float32.
        observation: `(K, rows, columns)`, index of the example observation.
        strength: `(K, rows, columns)`, opacity between 0 and 1.
    """

    subdivision: str
    centre_rows: np.ndarray
    centre_columns: np.ndarray
    observation: np.ndarray
    strength: np.ndarray


@dataclass(frozen=True)
class PatchTable:
    """Patches of example observations for every feature; arrays `(K, …)`.

    Attributes:
        observation: index of the example observation.
        row, column: centres in units of layer cells.
        strength: opacity between 0 and 1.
    """

    observation: np.ndarray
    row: np.ndarray
    column: np.ndarray
    strength: np.ndarray


@dataclass(frozen=True)
class FeatureContent:
    """Dataset examples of a layer's features.

    Attributes:
        layer: its id.
        mosaics: one per density.
        thumbnails: `(K, 4, 4)` patches.
        strongest: `(K, M)` patches, strongest first.
    """

    layer: str
    mosaics: Sequence[PatchMosaic]
    thumbnails: PatchTable
    strongest: PatchTable


@dataclass(frozen=True)
class AgreementContent:
    """How alike maps of one output are in every frame.

    Attributes:
        output: its id.
        pairs: of maps, by id.
        correlations: rank correlations in each trajectory, `(pairs, T)`; NaN where a map is constant.
    """

    output: str
    pairs: Sequence[tuple[str, str]]
    correlations: Sequence[np.ndarray]
