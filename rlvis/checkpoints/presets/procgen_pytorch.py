"""Agents that PyTorch trained on Procgen with the layer names of train-procgen-pytorch: IMPALA or Nature encoder, GRU or none."""

import re
from dataclasses import replace

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import first_match, one_of, shape_of
from rlvis.environments.actions import PROCGEN_ACTIONS
from rlvis.networks.impala import TORCH_POOL_PADDING, describe_impala
from rlvis.networks.nature import describe_nature
from rlvis.networks.stack import Recurrence

_FIRST = re.compile(r"(.*?)((?:encoder|embedder)\.)(block1\.conv|layers\.0)\.weight")
_PARTS = ("conv", "res1.conv1", "res1.conv2", "res2.conv1", "res2.conv2")


def recognise(contents: Contents) -> bool:
    """An encoder of residual blocks or of numbered layers, and heads of the known names."""
    match = first_match(contents.tensors, _FIRST)
    return match is not None and any(f"{match.group(1)}{head}.weight" in contents.tensors for head in ("policy", "fc_policy"))


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network, its widths read off the shapes."""
    tensors = contents.tensors
    match = first_match(tensors, _FIRST)
    prefix, encoder = match.group(1), match.group(1) + match.group(2)
    policy, value = one_of(tensors, f"{prefix}policy", f"{prefix}fc_policy"), one_of(tensors, f"{prefix}value", f"{prefix}fc_value")
    num_actions = shape_of(tensors, f"{policy}.weight", 2)[0]
    make, names = (_impala if match.group(3).startswith("block") else _nature)(tensors, encoder, num_actions)
    memory = f"{prefix}gru.gru"
    size = shape_of(tensors, f"{memory}.weight_hh_l0", 2)[1] if f"{memory}.weight_hh_l0" in tensors else 0

    def with_memory(shape):
        description = make(shape)
        return replace(description, trunk=(*description.trunk, Recurrence("gru", size, "gru"))) if size else description

    channels = shape_of(tensors, match.group(0), 4)[1]
    description = fit_picture(with_memory, "dense", shape_of(tensors, f"{names['dense']}.weight", 2)[1], channels, request)
    return Interpretation(
        description,
        {**names, "policy": policy, "value": value, "gru": memory},
        CONVENTIONS["torch"],
        action_names=PROCGEN_ACTIONS if num_actions == len(PROCGEN_ACTIONS) else (),
    )


def _impala(tensors, encoder, num_actions):
    blocks = 1
    while f"{encoder}block{blocks + 1}.conv.weight" in tensors:
        blocks += 1
    channels = tuple(shape_of(tensors, f"{encoder}block{index + 1}.conv.weight", 4)[0] for index in range(blocks))
    features = shape_of(tensors, f"{encoder}fc.weight", 2)[0]
    names = {f"block{index}.{part}": f"{encoder}block{index}.{part}" for index in range(1, blocks + 1) for part in _PARTS}
    return lambda shape: describe_impala(shape, num_actions, channels=channels, features=features, pool_padding=TORCH_POOL_PADDING), {**names, "dense": f"{encoder}fc"}


def _nature(tensors, encoder, num_actions):
    dense = one_of(tensors, f"{encoder}layers.7", f"{encoder}layers.6")
    features, last = shape_of(tensors, f"{dense}.weight", 2)[0], shape_of(tensors, f"{encoder}layers.4.weight", 4)[0]
    names = {f"conv{index + 1}": f"{encoder}layers.{2 * index}" for index in range(3)}
    return lambda shape: describe_nature(shape, num_actions, features=features, last_channels=last), {**names, "dense": dense}


PRESET = Preset("procgen-pytorch", "Procgen agent of PyTorch's (train-procgen-pytorch's layer names)", recognise, interpret)
