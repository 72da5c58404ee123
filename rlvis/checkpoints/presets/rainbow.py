"""Rainbow agents (Hessel et al. 2018) of PyTorch: noisy layers, dueling heads, distributions over returns.

Kaixhin's Rainbow, canonical and data-efficient, and CleanRL's. Noisy layers are used without their noise.
"""

import re

import numpy as np

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Q_NOTE, Interpretation, Preset, Request
from rlvis.checkpoints.presets.atari_environment import stack_of
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import first_match, numbered, shape_of
from rlvis.errors import CheckpointError
from rlvis.networks.stack import Convolution, Dense, StackDescription

_FIRST = re.compile(r"(?!.*target)(.*?)(convs\.|network\.)0\.weight")
# By sequence of convolutions: the layers of the policy's tower and head and of the value's.
_HEADS = {"convs.": ("fc_h_a", "fc_z_a", "fc_h_v", "fc_z_v"), "network.": ("advantage_head.0", "advantage_head.2", "value_head.0", "value_head.2")}
_LAYERS = ("policy_dense", "policy", "value_dense", "value")
_STRIDES = {8: 4, 4: 2, 3: 1, 5: 5}
_USUAL_RETURNS = (-10.0, 10.0)


def recognise(contents: Contents) -> bool:
    """A sequence of convolutions, and noisy heads of the known names."""
    match = first_match(contents.tensors, _FIRST)
    return match is not None and all(f"{match.group(1)}{head}.weight_mu" in contents.tensors for head in _HEADS[match.group(2)])


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network, its widths read off the shapes."""
    tensors = contents.tensors
    prefix, sequence = first_match(tensors, _FIRST).groups()
    names = {layer: prefix + head for layer, head in zip(_LAYERS, _HEADS[sequence], strict=True)}
    shapes = {layer: shape_of(tensors, f"{name}.weight_mu", 2) for layer, name in names.items()}
    returns = shapes["value"][0]
    if returns < 2 or shapes["policy"][0] % returns:
        raise CheckpointError(f"the heads have {shapes['policy'][0]} and {returns} outputs; expected those of one distribution for each action, and of one")
    trunk, convolution_names = _convolutions(tensors, prefix + sequence)
    atoms, notes = _returns(tensors, prefix, returns)
    policy, value = (Dense(layer, shapes[layer][0]) for layer in ("policy_dense", "value_dense"))
    description = fit_picture(
        lambda shape: StackDescription(shape, shapes["policy"][0] // returns, trunk, (policy,), (value,), "q", "rainbow", atoms, True),
        "policy_dense", shapes["policy_dense"][1], shape_of(tensors, f"{prefix}{sequence}0.weight", 4)[1], request,
    )  # fmt: skip
    return Interpretation(
        description,
        names | convolution_names,
        CONVENTIONS["torch"],
        environment_defaults={"atari": stack_of(description.observation_shape[2], **({"filter": "linear"} if sequence == "convs." else {"stack_start": "repeat"}))},
        gamma=0.99,
        notes=(Q_NOTE, "The noisy layers of this network are used without their noise.", *notes),
    )


def _convolutions(tensors, prefix):
    layers, names = [], {}
    for number, name in enumerate(numbered(tensors, prefix), start=1):
        features, _, height, width = shape_of(tensors, f"{name}.weight", 4)
        if height != width or height not in _STRIDES:
            raise CheckpointError(f"tensor {name + '.weight'!r} is a kernel of {height}×{width}; expected 8×8, 4×4 and 3×3, or 5×5, the kernels of Rainbow agents")
        layers.append(Convolution(f"conv{number}", features, (height, width), (_STRIDES[height],) * 2, "VALID"))
        names[f"conv{number}"] = name
    return tuple(layers), names


def _returns(tensors, prefix, count):
    """The returns that the distributions are over; in the file, or the usual ones with a note that says so."""
    if f"{prefix}support" in tensors:
        support = np.asarray(tensors[f"{prefix}support"]).ravel()
        if len(support) != count:
            raise CheckpointError(f"tensor {prefix + 'support'!r} has {len(support)} returns, the value's head {count} outputs")
        return tuple(float(x) for x in support), ()
    low, high = _USUAL_RETURNS
    return tuple(float(x) for x in np.linspace(low, high, count)), (f"The file does not say which returns the distributions are over; {count} from {low:g} to {high:g} were taken, the usual ones.",)


PRESET = Preset("rainbow", "Rainbow agent (Kaixhin's, CleanRL's)", recognise, interpret)
