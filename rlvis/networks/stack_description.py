"""Networks as data: lists of layers, written to and read from JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rlvis.errors import NetworkError
from rlvis.networks.attention import FORMS, JOINS, Attention
from rlvis.networks.layers import ACTIVATIONS
from rlvis.networks.recurrent import CELLS

Padding = str | tuple[tuple[int, int], tuple[int, int]]
KINDS = ("actor-critic", "q")
POOLS = ("max", "average", "l2")
NORMALIZED = ("batch", "features", "everything")


@dataclass(frozen=True)
class Convolution:
    """A convolution with `features` output channels, then an activation; tapped after the activation."""

    name: str
    features: int
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = "SAME"
    activation: str = "relu"
    bias: bool = True
    normalization: bool = False


@dataclass(frozen=True)
class Pool:
    """A pooling layer: "max", "average" or "l2"."""

    name: str
    kind: str
    window: tuple[int, int] = (2, 2)
    stride: tuple[int, int] = (2, 2)
    padding: Padding = "SAME"


@dataclass(frozen=True)
class ResidualBlock:
    """`x + conv2(relu2(conv1(relu1(x))))` with 3 × 3 convolutions (IMPALA, Espeholt et al. 2018, figure 3)."""

    name: str
    features: int


@dataclass(frozen=True)
class Activation:
    """An activation function by itself."""

    name: str
    function: str = "relu"


@dataclass(frozen=True)
class Affine:
    """`scale · x + offset`, the same everywhere: for networks that expect observations in another range than [0, 1]."""

    name: str
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Normalization:
    """`(x − mean) / sqrt(variance + ε) · scale + offset`.

    `over` says of what mean and variance are: "batch": recorded ones of each channel; "features": of the channels at each
    position (flax's LayerNorm); "everything": of all numbers, each with a scale and offset of its own (PyTorch's
    LayerNorm over C, H and W).
    """

    name: str
    over: str = "features"
    epsilon: float = 1e-5


@dataclass(frozen=True)
class Dense:
    """A fully connected layer, then an activation; what comes in is flattened in (H, W, C) order."""

    name: str
    features: int
    activation: str = "relu"
    bias: bool = True


@dataclass(frozen=True)
class Recurrence:
    """An LSTM or GRU cell; what comes in is flattened, what goes out is the cell's output."""

    name: str
    features: int
    cell: str = "lstm"


LAYERS = {layer.__name__: layer for layer in (Convolution, Pool, ResidualBlock, Activation, Affine, Normalization, Dense, Recurrence, Attention)}
Layer = Convolution | Pool | ResidualBlock | Activation | Affine | Normalization | Dense | Recurrence | Attention


@dataclass(frozen=True)
class StackDescription:
    """A network as data: a trunk of layers, then one tower for the policy and one for the value.

    Attributes:
        observation_shape: `(H, W, C)`.
        num_actions: A.
        trunk: layers from the observation on.
        policy, value: layers between the trunk and each head; the heads "policy" `(D, A)` and "value" `(D, 1)`
            themselves are not listed.
        kind: "actor-critic"; or "q": the head "policy" gives action values, value = max of them.
        name: what to call the network.
        atoms: for a "q" network whose head "policy" `(D, A·Z)` gives logits of a distribution of the return over
            these Z returns: action values are the distributions' means (Bellemare et al. 2017).
        dueling: for a "q" network with both heads: action values are `V + A − mean A` (Wang et al. 2016, equation 9);
            with atoms, that is done to the logits of each return (Hessel et al. 2018), and the head "value" is `(D, Z)`.
    """

    observation_shape: tuple[int, int, int]
    num_actions: int
    trunk: tuple[Layer, ...]
    policy: tuple[Layer, ...] = ()
    value: tuple[Layer, ...] = ()
    kind: str = "actor-critic"
    name: str = "stack"
    atoms: tuple[float, ...] = ()
    dueling: bool = False

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer: trunk, policy tower, value tower."""
        return (*self.trunk, *self.policy, *self.value)

    @property
    def has_value_head(self) -> bool:
        """Whether there is a head "value"."""
        return self.kind != "q" or self.dueling

    def to_json(self) -> dict[str, Any]:
        """The description as plain data."""
        towers = {key: [{"layer": type(x).__name__, **vars(x)} for x in getattr(self, key)] for key in ("trunk", "policy", "value")}
        extras = {"atoms": list(self.atoms)} if self.atoms else {}
        extras |= {"dueling": True} if self.dueling else {}
        return {"architecture": "stack", "observation_shape": list(self.observation_shape), "num_actions": self.num_actions,
                "kind": self.kind, "name": self.name, **towers, **extras}  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "StackDescription":
        """The inverse of `to_json`; raises `NetworkError` for anything else."""
        try:
            towers = {key: tuple(_layer_from_json(x) for x in data.get(key, ())) for key in ("trunk", "policy", "value")}
            description = cls(
                tuple(int(n) for n in data["observation_shape"]),
                int(data["num_actions"]),
                kind=str(data.get("kind", "actor-critic")),
                name=str(data.get("name", "stack")),
                atoms=tuple(float(x) for x in data.get("atoms", ())),
                dueling=bool(data.get("dueling", False)),
                **towers,
            )
            check_description(description)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise NetworkError(f"this is not the description of a network: {error!r}; expected observation_shape, num_actions and trunk") from error
        return description


def check_description(description: StackDescription) -> None:
    """Raise `NetworkError` for a description that no network can be built from."""
    if len(description.observation_shape) != 3 or min(description.observation_shape) < 1 or description.num_actions < 1:
        raise NetworkError(f"a network takes observations (height, width, channels) and has at least one action; got {description.observation_shape} and {description.num_actions}")
    _check_choice("the network's kind", description.kind, KINDS)
    repeated = [name for name, count in Counter(layer.name for layer in description.layers).items() if count > 1]
    if repeated:
        raise NetworkError(f"two layers are named {repeated[0]!r}; give each layer a name of its own")
    for layer in description.layers:
        _check_layer(layer)
    if any(isinstance(layer, Attention) for layer in (*description.policy, *description.value)):
        raise NetworkError("attention belongs into the trunk, before the towers of policy and value")


def _check_layer(layer):
    where = f"layer {layer.name!r}:"
    if not isinstance(layer.name, str) or layer.name in ("policy", "value"):
        raise NetworkError(f"{where} a layer's name is a text other than policy and value, which are the heads")
    for key, choices in (("activation", ACTIVATIONS), ("function", ACTIVATIONS), ("cell", CELLS), ("form", FORMS), ("join", JOINS), ("over", NORMALIZED)):
        if hasattr(layer, key):
            _check_choice(f"{where} {key}", getattr(layer, key), choices)
    if isinstance(layer, Pool):
        _check_choice(f"{where} kind", layer.kind, POOLS)
    epsilon = getattr(layer, "epsilon", 1.0)
    if isinstance(epsilon, bool) or not isinstance(epsilon, (int, float)) or not 0 < epsilon <= 1:
        raise NetworkError(f"{where} epsilon is {epsilon!r}; expected a number above 0, at most 1")
    for key in ("features", "maps"):
        if not _whole(getattr(layer, key, 1)):
            raise NetworkError(f"{where} {key} is {getattr(layer, key)!r}; expected a whole number from 1 up")
    for key in ("kernel", "window", "stride"):
        pair = getattr(layer, key, (1, 1))
        if not isinstance(pair, tuple) or len(pair) != 2 or not all(map(_whole, pair)):
            raise NetworkError(f"{where} {key} is {pair!r}; expected two whole numbers, height and width")
    if hasattr(layer, "padding"):
        _check_padding(where, layer.padding)


def _check_padding(where, padding):
    if isinstance(padding, str) and padding in ("SAME", "VALID"):
        return
    try:
        (top, bottom), (left, right) = padding
        if all(isinstance(n, int) and n >= 0 for n in (top, bottom, left, right)):
            return
    except (TypeError, ValueError):
        pass
    raise NetworkError(f'{where} padding is {padding!r}; expected "SAME", "VALID" or [[top, bottom], [left, right]]')


def _check_choice(what, value, choices):
    if not isinstance(value, str) or value not in choices:
        raise NetworkError(f"{what} is {value!r}; there are {', '.join(choices)}")


def _whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 1 << 24


def _layer_from_json(data):
    data = dict(data)
    kind = data.pop("layer")
    if kind not in LAYERS:
        raise NetworkError(f"unknown layer {kind!r} in a network description; there are {', '.join(LAYERS)}")
    return LAYERS[kind](**{key: _tuples(value) for key, value in data.items()})


def _tuples(value):
    return tuple(_tuples(x) for x in value) if isinstance(value, list) else value
