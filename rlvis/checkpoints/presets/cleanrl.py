"""CleanRL's PyTorch agents: a `network` of numbered layers, heads `actor` and `critic` or a last layer of action values."""

import re

import numpy as np

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Q_NOTE, Interpretation, Preset, Request, metadata_number
from rlvis.checkpoints.presets.atari_environment import atari_environment, stack_of
from rlvis.checkpoints.presets.convolution_stack import convolutions, input_channels
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import check_action_count, first_match, numbered, shape_of
from rlvis.environments.actions import PROCGEN_ACTIONS
from rlvis.errors import CheckpointError
from rlvis.networks.impala import TORCH_POOL_PADDING, describe_impala
from rlvis.networks.stack import Dense, Recurrence, StackDescription

TORCH = CONVENTIONS["torch"]
_FIRST = re.compile(r"(.*?)network\.0(\.conv)?\.weight")
_PARTS = {"conv": "conv", "res1.conv1": "res_block0.conv0", "res1.conv2": "res_block0.conv1", "res2.conv1": "res_block1.conv0", "res2.conv2": "res_block1.conv1"}


def recognise(contents: Contents) -> bool:
    """A first layer `network.0` that is a convolution."""
    match = first_match(contents.tensors, _FIRST)
    return match is not None and len(contents.tensors[match.group(0)].shape) == 4


def interpret(contents: Contents, request: Request) -> Interpretation:
    """PPO with the Nature or the IMPALA network, with or without LSTM; DQN; C51."""
    prefix, residual = first_match(contents.tensors, _FIRST).groups()
    tensors = contents.tensors
    layers = numbered(tensors, f"{prefix}network.")
    dense = [layer for layer in layers if len(tensors[f"{layer}.weight"].shape) == 2]
    if not dense:
        raise CheckpointError("no layer of 'network' is fully connected; this is none of CleanRL's agents")
    actor_critic = f"{prefix}actor.weight" in tensors
    make = _actor_critic if actor_critic else _action_values
    description, names = make(tensors, prefix, bool(residual), dense, request)
    arguments = contents.metadata.get("args")
    arguments = arguments if isinstance(arguments, dict) else {}
    stack = stack_of(description.observation_shape[2], stack_start="repeat")
    return Interpretation(
        description,
        names,
        TORCH,
        environment=atari_environment(arguments.get("env_id"), stack) if not residual else None,
        environment_defaults={"atari": stack},
        action_names=PROCGEN_ACTIONS if residual and description.num_actions == len(PROCGEN_ACTIONS) else (),
        gamma=metadata_number(arguments, "gamma"),
        gae_lambda=metadata_number(arguments, "gae_lambda"),
        notes=() if actor_critic else (Q_NOTE,),
    )


def _actor_critic(tensors, prefix, residual, dense, request):
    num_actions = shape_of(tensors, f"{prefix}actor.weight", 2)[0]
    names = {"policy": f"{prefix}actor", "value": f"{prefix}critic", "dense": dense[0]}
    memory = ()
    if f"{prefix}lstm.weight_hh_l0" in tensors:
        memory, names["lstm"] = (Recurrence("lstm", shape_of(tensors, f"{prefix}lstm.weight_hh_l0", 2)[1]),), f"{prefix}lstm"
    features = shape_of(tensors, f"{dense[0]}.weight", 2)[0]
    if residual:
        return _impala(tensors, prefix, names, num_actions, features, request)
    trunk, convolution_names = _nature(tensors, prefix)
    trunk = (*trunk, Dense("dense", features), *memory)
    return _fit(tensors, prefix, lambda shape: StackDescription(shape, num_actions, trunk, name="nature"), dense[0], request), {**convolution_names, **names}


def _action_values(tensors, prefix, residual, dense, request):
    if residual or len(dense) < 2:
        raise CheckpointError("there are neither heads 'actor' and 'critic' nor a Q-network of known kind; describe the network in a file given with --map")
    trunk, names = _nature(tensors, prefix)
    hidden = tuple(Dense("dense" if number == 1 else f"dense{number}", shape_of(tensors, f"{layer}.weight", 2)[0]) for number, layer in enumerate(dense[:-1], start=1))
    names |= {layer.name: name for layer, name in zip(hidden, dense, strict=False)} | {"policy": dense[-1]}
    outputs = shape_of(tensors, f"{dense[-1]}.weight", 2)[0]
    atoms = tuple(float(x) for x in np.asarray(tensors[f"{prefix}atoms"]).ravel()) if f"{prefix}atoms" in tensors else ()
    if atoms and outputs % len(atoms):
        raise CheckpointError(f"the last layer has {outputs} outputs, which {len(atoms)} atoms do not divide")
    num_actions = outputs // max(1, len(atoms))
    if not atoms:
        check_action_count(num_actions)
    return _fit(tensors, prefix, lambda shape: StackDescription(shape, num_actions, (*trunk, *hidden), kind="q", name="nature", atoms=atoms), dense[0], request), names


def _nature(tensors, prefix):
    layers = [layer for layer in numbered(tensors, f"{prefix}network.") if len(tensors[f"{layer}.weight"].shape) == 4]
    trunk = convolutions(tensors, layers, TORCH, ".weight")
    return trunk, {layer.name: name for layer, name in zip(trunk, layers, strict=True)}


def _impala(tensors, prefix, names, num_actions, features, request):
    blocks = [name.removesuffix(".conv") for name in numbered(tensors, f"{prefix}network.", ".conv.weight")]
    channels = tuple(shape_of(tensors, f"{block}.conv.weight", 4)[0] for block in blocks)
    names |= {f"block{index}.{part}": f"{block}.{name}" for index, block in enumerate(blocks, start=1) for part, name in _PARTS.items()}
    description = lambda shape: describe_impala(shape, num_actions, channels=channels, features=features, pool_padding=TORCH_POOL_PADDING)  # noqa: E731
    return _fit(tensors, f"{prefix}network.0.conv", description, names["dense"], request, first=""), names


def _fit(tensors, prefix, make, dense, request, first="network.0"):
    channels = input_channels(tensors, f"{prefix}{first}.weight", TORCH)
    return fit_picture(make, "dense", shape_of(tensors, f"{dense}.weight", 2)[1], channels, request)


PRESET = Preset("cleanrl", "CleanRL agent (PyTorch)", recognise, interpret)
