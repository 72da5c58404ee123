"""What the view model says of whether maps can be believed; part of `view_model.py`'s index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AgreementView:
    """How alike maps of one output are, pair by pair.

    Attributes:
        output: its id; every frame's rank correlations are in the agreement chunks under that key, `(pairs, T)`.
        pairs: of map ids.
        means: mean rank correlation of each pair over all trajectories; `None` where no frame has one.
    """

    output: str
    pairs: Sequence[Sequence[str]]
    means: Sequence[float | None]


@dataclass(frozen=True)
class RemovalView:
    """Mean areas under the curves of `deletion` and `insertion`, and their 95 % intervals.

    Attributes:
        deletion, insertion: areas.
        deletion_interval, insertion_interval: from, to.
    """

    deletion: float
    deletion_interval: Sequence[float]
    insertion: float
    insertion_interval: Sequence[float]


@dataclass(frozen=True)
class RandomizationView:
    """The `layers` randomized last, and the mean rank `correlation` with the true maps; `None` if all maps are constant."""

    layers: str
    correlation: float | None


@dataclass(frozen=True)
class JudgementView:
    """What a map, or a baseline that knows nothing, was found worth.

    Attributes:
        source: the map's id, or the baseline's name.
        label: for a person.
        heads: areas by what is measured: "action" (probability of the action that the intact frame makes most probable,
            for maps of its logit) or "value" (distance to the intact frame's value, for maps of the value).
        randomized: the head whose maps the randomization is about.
        randomization: from the outputs down; each step keeps what was randomized before.
    """

    source: str
    label: str
    heads: Mapping[str, RemovalView]
    randomized: str | None = None
    randomization: Sequence[RandomizationView] = ()


@dataclass(frozen=True)
class TrustView:
    """Whether to believe the maps.

    Attributes:
        agreement: by output.
        chunks: names of the chunks of every frame's agreement, one per trajectory.
        frames: how many frames the judgements are from.
        judgements: of maps.
        baselines: of orders that know nothing.
    """

    agreement: Sequence[AgreementView] = ()
    chunks: Sequence[str] = ()
    frames: int = 0
    judgements: Sequence[JudgementView] = field(default=())
    baselines: Sequence[JudgementView] = ()
