"""Agents saved by flax: CleanRL's JAX scripts and cleanba (Nature, IMPALA), and pgx's MinAtar agents."""

import re

import numpy as np

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Q_NOTE, Interpretation, Preset, Request, metadata_number
from rlvis.checkpoints.presets.atari_environment import atari_environment, stack_of
from rlvis.checkpoints.presets.convolution_stack import convolutions
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import check_action_count, first_match, numbered, shape_of
from rlvis.errors import CheckpointError
from rlvis.networks.impala import describe_impala
from rlvis.networks.stack import Dense, StackDescription

FLAX = CONVENTIONS["flax"]
_FIRST = re.compile(r"(?!.*target)(.*?)(ConvSequence_0/)?Conv_0/kernel")
_PARTS = {
    "conv": "Conv_0", "res1.conv1": "ResidualBlock_0/Conv_0", "res1.conv2": "ResidualBlock_0/Conv_1", "res2.conv1": "ResidualBlock_1/Conv_0",
    "res2.conv2": "ResidualBlock_1/Conv_1",
}  # fmt: skip


def recognise(contents: Contents) -> bool:
    """Flax's own layer names, and kernels of the Nature network, or residual sequences."""
    match = first_match(contents.tensors, _FIRST)
    return match is not None and (bool(match.group(2)) or tuple(contents.tensors[match.group(0)].shape)[:2] == (8, 8))


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network: one module with all its layers, or three, of which the second and third are heads."""
    tensors = contents.tensors
    match = first_match(tensors, _FIRST)
    prefix, residual = match.group(1), bool(match.group(2))
    dense = numbered(tensors, f"{prefix}Dense_", "/kernel")
    if not dense:
        raise CheckpointError(f"tensor {prefix + 'Dense_0/kernel'!r} is missing")
    hidden, heads, kind = _heads(tensors, prefix, dense)
    arguments = _arguments(contents)
    atoms = _atoms(arguments, shape_of(tensors, f"{heads['policy']}/kernel", 2)[1]) if kind == "q" else ()
    num_actions = shape_of(tensors, f"{heads['policy']}/kernel", 2)[1] // max(1, len(atoms))
    if kind == "q" and not atoms:
        check_action_count(num_actions)
    names = {"dense": hidden, **heads}
    features = shape_of(tensors, f"{hidden}/kernel", 2)[1]
    if residual:
        make, more = _impala(tensors, prefix, num_actions, features, kind)
    else:
        layers = numbered(tensors, f"{prefix}Conv_", "/kernel")
        more = {f"conv{number}": name for number, name in enumerate(layers, start=1)}
        make = [_nature((*convolutions(tensors, layers, FLAX, "/kernel", padding), Dense("dense", features)), num_actions, kind, atoms) for padding in ("VALID", "SAME")]
    _refuse_other_layers(tensors, prefix, {*names.values(), *more.values()})
    channels = shape_of(tensors, match.group(0), 4)[2]
    description = fit_picture(make, "dense", shape_of(tensors, f"{hidden}/kernel", 2)[0], channels, request)
    return Interpretation(
        description,
        {**names, **more},
        FLAX,
        environment=atari_environment(arguments.get("env_id"), stack_of(channels, stack_start="repeat")),
        environment_defaults={"atari": stack_of(channels, stack_start="repeat")},
        gamma=metadata_number(arguments, "gamma"),
        gae_lambda=metadata_number(arguments, "gae_lambda"),
        notes=(Q_NOTE,) if kind == "q" else (),
    )


def _heads(tensors, prefix, dense):
    """The hidden layer, the heads, and the kind."""
    outputs = {layer: shape_of(tensors, f"{layer}/kernel", 2)[1] for layer in dense}
    separate = re.compile(r"(.*?)(\d)/params/")
    match = separate.match(prefix)
    if len(dense) == 1 and match:
        root, number = match.groups()
        heads = [f"{root}{int(number) + step}/params/Dense_0" for step in (1, 2)]
        policy, value = sorted(heads, key=lambda layer: shape_of(tensors, f"{layer}/kernel", 2)[1] == 1)
        return dense[0], {"policy": policy, "value": value}, "actor-critic"
    if len(dense) == 2:
        return dense[0], {"policy": dense[1]}, "q"
    if len(dense) == 3 and sorted(outputs[layer] == 1 for layer in dense[1:]) == [False, True]:
        policy, value = sorted(dense[1:], key=lambda layer: outputs[layer] == 1)
        return dense[0], {"policy": policy, "value": value}, "actor-critic"
    raise CheckpointError(f"the {len(dense)} dense layers of this network are of no known arrangement; describe it in a JSON file given with --map")


def _refuse_other_layers(tensors, prefix, known):
    """A layer that is left out, such as a normalization, would silently give other outputs."""
    named_by_flax = re.compile(re.escape(prefix) + r"[A-Z]\w*_\d+(/|$)")
    layers = sorted({name.rsplit("/", 1)[0] for name in tensors} - known)
    others = [layer for layer in layers if named_by_flax.match(layer)]
    if others:
        raise CheckpointError(f"this network also has the layers {', '.join(others[:5])}{' …' if len(others) > 5 else ''}, of no known arrangement; describe it in a JSON file given with --map")


def _nature(trunk, num_actions, kind, atoms):
    return lambda shape: StackDescription(shape, num_actions, trunk, kind=kind, name="nature", atoms=atoms)


def _impala(tensors, prefix, num_actions, features, kind):
    if kind == "q":
        raise CheckpointError("a residual Q-network is of no known arrangement; describe it in a JSON file given with --map")
    blocks = [name.removesuffix("/Conv_0") for name in numbered_sequences(tensors, prefix)]
    channels = tuple(shape_of(tensors, f"{block}/Conv_0/kernel", 4)[3] for block in blocks)
    names = {f"block{index}.{part}": f"{block}/{name}" for index, block in enumerate(blocks, start=1) for part, name in _PARTS.items()}
    return lambda shape: describe_impala(shape, num_actions, channels=channels, features=features), names


def numbered_sequences(tensors, prefix):
    """The layers `ConvSequence_0/Conv_0`, `ConvSequence_1/Conv_0`, …"""
    return numbered(tensors, f"{prefix}ConvSequence_", "/Conv_0/kernel")


def _arguments(contents):
    for key in ("args", "0"):
        if isinstance(contents.metadata.get(key), dict):
            return contents.metadata[key]
    return {}


def _atoms(arguments, outputs):
    count, low, high = (arguments.get(key) for key in ("n_atoms", "v_min", "v_max"))
    if not isinstance(count, int) or isinstance(count, bool) or not 1 < count <= outputs or outputs % count:
        return ()
    if not all(isinstance(x, (int, float)) for x in (low, high)):
        raise CheckpointError("this network gives distributions of the return (n_atoms), but v_min and v_max are not in the file")
    return tuple(float(x) for x in np.linspace(low, high, count))


PRESET = Preset("flax", "CleanRL's JAX agent (Nature, IMPALA) saved by flax", recognise, interpret)
