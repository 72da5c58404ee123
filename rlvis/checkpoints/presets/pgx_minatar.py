"""The MinAtar agents of pgx: one convolution, average pooling, a dense layer, tanh towers."""

import re

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import first_match, shape_of
from rlvis.networks.stack import Convolution, Dense, Pool, StackDescription

_FIRST = re.compile(r"(.*?)Conv_0/kernel")
_TOWERS = {"policy": ("Dense_1", "Dense_2", "Dense_3"), "value": ("Dense_4", "Dense_5", "Dense_6")}


def recognise(contents: Contents) -> bool:
    """A 2 × 2 convolution and seven dense layers."""
    match = first_match(contents.tensors, _FIRST)
    if match is None or tuple(contents.tensors[match.group(0)].shape)[:2] != (2, 2):
        return False
    return all(f"{match.group(1)}Dense_{n}/kernel" in contents.tensors for n in range(7)) and f"{match.group(1)}Conv_1/kernel" not in contents.tensors


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network, its widths read off the shapes."""
    tensors = contents.tensors
    prefix = first_match(tensors, _FIRST).group(1)
    channels, features = shape_of(tensors, f"{prefix}Conv_0/kernel", 4)[2:]
    inputs, hidden = shape_of(tensors, f"{prefix}Dense_0/kernel", 2)
    trunk = (Convolution("conv", features, (2, 2)), Pool("pool", "average", padding="VALID"), Dense("dense", hidden))
    towers, names = {}, {"conv": f"{prefix}Conv_0", "dense": f"{prefix}Dense_0"}
    for tower, layers in _TOWERS.items():
        towers[tower] = tuple(Dense(f"{tower}{n}", shape_of(tensors, f"{prefix}{layer}/kernel", 2)[1], "tanh") for n, layer in enumerate(layers[:2], start=1))
        names |= {f"{tower}{n}": prefix + layer for n, layer in enumerate(layers[:2], start=1)} | {tower: prefix + layers[2]}
    num_actions = shape_of(tensors, f"{prefix}{_TOWERS['policy'][2]}/kernel", 2)[1]
    description = fit_picture(
        lambda shape: StackDescription(shape, num_actions, trunk, name="minatar", **towers), "dense", inputs, channels, request, usual=(10, 4)
    )
    return Interpretation(description, names, CONVENTIONS["flax"], gamma=0.99, gae_lambda=0.95)


PRESET = Preset("pgx-minatar", "MinAtar agent of pgx", recognise, interpret)
