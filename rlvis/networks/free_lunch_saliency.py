"""The fifteen networks of "Free-lunch saliency via attention in Atari agents" (Nikulin et al. 2019), from one table."""

from functools import partial
from typing import NamedTuple

from rlvis.networks.attention import Attention
from rlvis.networks.stack_description import Activation, Convolution, Dense, StackDescription


class Variant(NamedTuple):
    """What sets one of the networks apart.

    Attributes:
        trunk: "sparse" (strides 4, 2, 1, as in Mnih et al. 2015) or "dense" (stride 1 throughout).
        gates: after which of the three convolutions there is attention.
        attention: the fields of `Attention` that differ from its defaults.
        last_relu: whether the third convolution is rectified.
        normalized: whether each position's features are divided by their length.
        border: zeros around the observation, in pixels.
    """

    trunk: str = "sparse"
    gates: tuple[int, ...] = (3,)
    attention: dict = {}
    last_relu: bool = True
    normalized: bool = False
    border: int = 0


_SUM = {"join": "sum"}
# Mott et al. 2019 and Yuezhang et al. 2018, as the paper rebuilt them.
_DAQN = {"kernel": (1, 1), "activation": "tanh", "form": "softmax", **_SUM}
_RSPPO = {"features": 512, "kernel": (1, 1), "activation": "elu", "maps": 2, "form": "softmax"}

VARIANTS = {
    "cnn": Variant(gates=()),
    "cnn_daqn": Variant(attention=_DAQN),
    "cnn_rsppo": Variant(attention=_RSPPO, normalized=True, border=1),
    "cnn_rsppo_nopad": Variant(attention=_RSPPO, normalized=True),
    "cnn_sparse_fls": Variant(),
    "cnn_sparse_fls_pool": Variant(attention=_SUM),
    "cnn_sparse_fls_norm": Variant(attention={"form": "normalized_softplus"}),
    "cnn_sparse_fls_1x1": Variant(attention={"kernel": (1, 1)}),
    "cnn_sparse_fls_sp2": Variant(attention={"form": "softplus_base2"}),
    "cnn_sparse_fls_norelu": Variant(last_relu=False),
    "cnn_sparse_fls_norelu_pool": Variant(attention=_SUM, last_relu=False),
    "cnn_sparse_fls_h1": Variant(gates=(1,)),
    "cnn_sparse_fls_x3": Variant(gates=(1, 2, 3)),
    "cnn_dense_fls": Variant("dense", attention=_SUM),
    "cnn_dense_fls_norelu": Variant("dense", attention=_SUM, last_relu=False),
}
# Kernel and stride of each convolution.
_TRUNKS = {"sparse": ((8, 4), (4, 2), (3, 1)), "dense": ((7, 1), (5, 1), (3, 1))}


def describe_free_lunch_saliency(name, observation_shape, num_actions, *, features=512, channels=(32, 64, 64), attention_features=None) -> StackDescription:
    """conv1 · conv2 · conv3, with attention after one or all of them, · dense; which exactly is in `VARIANTS`.

    Args:
        name: a key of `VARIANTS`.
        observation_shape: `(H, W, C)`; `(84, 84, 4)` in the paper.
        num_actions: A.
        features: size of the dense layer.
        channels: of the three convolutions.
        attention_features: channels of the attention's hidden convolution; default: 256, for cnn_rsppo 512.

    Source: Nikulin et al. 2019, section 3 and appendix; "cnn" is the network of Mnih et al. 2015.
    """
    variant = VARIANTS[name]
    changes = variant.attention if attention_features is None else {**variant.attention, "features": attention_features}
    trunk = []
    for number, ((kernel, stride), width) in enumerate(zip(_TRUNKS[variant.trunk], channels, strict=True), start=1):
        activation = "relu" if number < 3 or variant.last_relu else "linear"
        trunk.append(Convolution(f"conv{number}", width, (kernel, kernel), (stride, stride), _padding(variant, number), activation))
        if number == 3 and variant.normalized:
            trunk.append(Activation("normalized", "unit_length"))
        if number in variant.gates:
            trunk.append(Attention(f"attention{number if len(variant.gates) > 1 else ''}", **changes))
    return StackDescription(tuple(observation_shape), num_actions, (*trunk, Dense("dense", features)), name=name)


def _padding(variant, number):
    if variant.trunk == "dense":
        return "SAME"
    return ((variant.border,) * 2,) * 2 if number == 1 and variant.border else "VALID"


DESCRIPTIONS = {name: partial(describe_free_lunch_saliency, name) for name in VARIANTS}
