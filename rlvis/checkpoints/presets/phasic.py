"""Agents of phasic-policy-gradient on Procgen: one IMPALA trunk, or one for the policy and one for the value."""

import re
from dataclasses import replace

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.side_by_side import SIDE_BY_SIDE_NOTE, doubled, reads_half, side_by_side
from rlvis.checkpoints.presets.tensor_names import first_match, one_of, shape_of
from rlvis.environments.actions import PROCGEN_ACTIONS
from rlvis.errors import CheckpointError
from rlvis.networks.impala import TORCH_POOL_PADDING, describe_impala

_FIRST = re.compile(r"(.*?)pi_enc\.cnn\.stacks\.0\.firstconv\.weight")
_PARTS = {"conv": "firstconv", "res1.conv1": "blocks.0.conv0", "res1.conv2": "blocks.0.conv1", "res2.conv1": "blocks.1.conv0", "res2.conv2": "blocks.1.conv1"}


def recognise(contents: Contents) -> bool:
    """The policy's encoder."""
    return first_match(contents.tensors, _FIRST) is not None


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network, its widths read off the shapes."""
    tensors = contents.tensors
    prefix = first_match(tensors, _FIRST).group(1)
    encoder = f"{prefix}pi_enc.cnn."
    blocks = 0
    while f"{encoder}stacks.{blocks}.firstconv.weight" in tensors:
        blocks += 1
    if any(f"{encoder}stacks.0.blocks.{name}.weight" in tensors for name in ("2.conv0", "0.bn0")):
        raise CheckpointError("the sequences of this agent have more than two residual blocks, or batch normalization; describe it in a JSON file given with --map")
    names = {f"block{index + 1}.{part}": f"{encoder}stacks.{index}.{name}" for index in range(blocks) for part, name in _PARTS.items()} | {"dense": f"{encoder}dense"}
    channels = tuple(shape_of(tensors, f"{encoder}stacks.{index}.firstconv.weight", 4)[0] for index in range(blocks))
    features, inputs = shape_of(tensors, f"{encoder}dense.weight", 2)
    heads = {"policy": f"{prefix}pi_head", "value": one_of(tensors, f"{prefix}vf_vhead", f"{prefix}pi_vhead")}
    num_actions = shape_of(tensors, f"{heads['policy']}.weight", 2)[0]
    transforms, notes, two = {}, (), f"{prefix}vf_enc.cnn.dense.weight" in tensors
    if two:
        transforms = side_by_side(tensors, names, lambda name: name.replace("pi_enc.cnn.", "vf_enc.cnn."))
        transforms |= {("policy", "kernel"): reads_half(0), ("value", "kernel"): reads_half(1)}
        notes = (SIDE_BY_SIDE_NOTE,)

    def make(shape):
        description = describe_impala(shape, num_actions, channels=channels, features=features, pool_padding=TORCH_POOL_PADDING)
        return replace(description, trunk=doubled(description.trunk)) if two else description

    description = fit_picture(make, "dense", inputs * (2 if two else 1), shape_of(tensors, f"{encoder}stacks.0.firstconv.weight", 4)[1], request, usual=(64,))
    return Interpretation(
        description,
        names | heads,
        CONVENTIONS["torch"],
        action_names=PROCGEN_ACTIONS if num_actions == len(PROCGEN_ACTIONS) else (),
        gamma=0.999,
        gae_lambda=0.95,
        notes=notes,
        transforms=transforms,
    )


PRESET = Preset("phasic", "agent of phasic-policy-gradient (IMPALA)", recognise, interpret)
