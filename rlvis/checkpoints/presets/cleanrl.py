"""CleanRL's PyTorch agents: a `network` of numbered layers, then heads, or a last layer of action values.

PPO with the Nature or the IMPALA network, with or without LSTM; PPO with random network distillation; DQN, C51, PQN and
QDagger.
"""

import re
from dataclasses import replace

import numpy as np

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Q_NOTE, Interpretation, Preset, Request, metadata_number
from rlvis.checkpoints.presets.atari_environment import atari_environment, stack_of
from rlvis.checkpoints.presets.convolution_stack import convolutions, input_channels
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import check_action_count, first_match, numbered, one_of, recurrent_layers, shape_of
from rlvis.environments.actions import PROCGEN_ACTIONS
from rlvis.errors import CheckpointError
from rlvis.networks.impala import TORCH_POOL_PADDING, describe_impala
from rlvis.networks.stack import Activation, Dense, Normalization, StackDescription

TORCH = CONVENTIONS["torch"]
_FIRST = re.compile(r"(.*?)network\.0(\.conv)?\.weight")
_MODULES = ("network", "actor", "critic", "critic_ext", "critic_int", "extra_layer", "lstm")
_COPY = re.compile(r"target|optim|predictor|reward|rnd")
_PARTS = {"conv": "conv", "res1.conv1": "res_block0.conv0", "res1.conv2": "res_block0.conv1", "res2.conv1": "res_block1.conv0", "res2.conv2": "res_block1.conv1"}


def recognise(contents: Contents) -> bool:
    """A first layer `network.0` that is a convolution."""
    match = first_match(contents.tensors, _FIRST)
    return match is not None and len(contents.tensors[match.group(0)].shape) == 4


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network of whichever script's agent this is."""
    prefix, residual = first_match(contents.tensors, _FIRST).groups()
    tensors = contents.tensors
    layers = numbered(tensors, f"{prefix}network.")
    dense = [layer for layer in layers if len(tensors[f"{layer}.weight"].shape) == 2]
    if not dense:
        raise CheckpointError("no layer of 'network' is fully connected; this is none of CleanRL's agents")
    _check_modules(tensors, prefix, bool(residual))
    if f"{prefix}extra_layer.0.weight" in tensors:
        return _distilled(contents, prefix, dense, request)
    actor_critic = f"{prefix}actor.weight" in tensors
    make = _actor_critic if actor_critic else _action_values
    description, names = make(tensors, prefix, bool(residual), dense, request)
    return _finish(contents, description, names, procgen=bool(residual) and actor_critic)


def _finish(contents, description, names, notes=(), transforms=None, procgen=False):
    arguments = contents.metadata.get("args")
    arguments = arguments if isinstance(arguments, dict) else {}
    stack = stack_of(description.observation_shape[2], stack_start="repeat")
    return Interpretation(
        description,
        names,
        TORCH,
        environment=atari_environment(arguments.get("env_id"), stack) if not procgen else None,
        environment_defaults={"atari": stack},
        action_names=PROCGEN_ACTIONS if procgen and description.num_actions == len(PROCGEN_ACTIONS) else (),
        gamma=metadata_number(arguments, "gamma"),
        gae_lambda=metadata_number(arguments, "gae_lambda"),
        notes=((Q_NOTE,) if description.kind == "q" else ()) + tuple(notes),
        transforms=transforms or {},
    )


def _actor_critic(tensors, prefix, residual, dense, request):
    num_actions = shape_of(tensors, f"{prefix}actor.weight", 2)[0]
    names = {"policy": f"{prefix}actor", "value": one_of(tensors, f"{prefix}critic", f"{prefix}critic_ext"), "dense": dense[0]}
    memory = ()
    if f"{prefix}lstm.weight_hh_l0" in tensors:
        memory, memory_names = recurrent_layers(tensors, "lstm", f"{prefix}lstm", "lstm")
        names |= memory_names
    features = shape_of(tensors, f"{dense[0]}.weight", 2)[0]
    if residual:
        return _impala(tensors, prefix, names, num_actions, features, request)
    trunk, trunk_names = _trunk(tensors, prefix, dense)
    trunk = (*trunk, *memory)
    return _fit(tensors, prefix, lambda shape: StackDescription(shape, num_actions, trunk, name="nature"), dense[0], request), names | trunk_names


def _action_values(tensors, prefix, residual, dense, request):
    if len(dense) < 2 or any(f"{prefix}{head}.{part}" in tensors for head in _MODULES[1:] for part in ("weight", "0.weight")):
        raise CheckpointError("there are neither heads 'actor' and 'critic' nor a Q-network of known kind; describe the network in a file given with --map")
    if residual:
        return _residual_action_values(tensors, prefix, dense, request)
    trunk, names = _trunk(tensors, prefix, dense[:-1])
    names["policy"] = dense[-1]
    outputs = shape_of(tensors, f"{dense[-1]}.weight", 2)[0]
    atoms = tuple(float(x) for x in np.asarray(tensors[f"{prefix}atoms"]).ravel()) if f"{prefix}atoms" in tensors else ()
    if atoms and outputs % len(atoms):
        raise CheckpointError(f"the last layer has {outputs} outputs, which {len(atoms)} atoms do not divide")
    num_actions = outputs // max(1, len(atoms))
    if not atoms:
        check_action_count(num_actions)
    return _fit(tensors, prefix, lambda shape: StackDescription(shape, num_actions, trunk, kind="q", name="nature", atoms=atoms), dense[0], request), names


def _residual_action_values(tensors, prefix, dense, request):
    """QDagger's Q-network: IMPALA's, its head of action values in the same sequence."""
    if len(dense) != 2:
        raise CheckpointError(f"a residual Q-network of CleanRL's has two dense layers, this one has {len(dense)}; describe it in a file given with --map")
    features, num_actions = (shape_of(tensors, f"{layer}.weight", 2)[0] for layer in dense)
    check_action_count(num_actions)
    description, names = _impala(tensors, prefix, {"dense": dense[0], "policy": dense[1]}, num_actions, features, request)
    return replace(description, kind="q"), names


def _trunk(tensors, prefix, dense):
    """The convolutions of the sequence and its dense layers, normalised where a normalization follows."""
    prefixes = [layer for layer in numbered(tensors, f"{prefix}network.") if len(tensors[f"{layer}.weight"].shape) == 4]
    layers = list(convolutions(tensors, prefixes, TORCH, ".weight"))
    layers += [Dense("dense" if number == 1 else f"dense{number}", shape_of(tensors, f"{layer}.weight", 2)[0]) for number, layer in enumerate(dense, start=1)]
    return _with_normalizations(tensors, prefix, layers, {layer.name: name for layer, name in zip(layers, [*prefixes, *dense], strict=True)})


def _check_modules(tensors, prefix, residual):
    """Refuse an agent with layers beside those that CleanRL's have: they would be left out."""
    for name, tensor in tensors.items():
        if not name.startswith(prefix) or not name.endswith(".weight") or (not prefix and _COPY.search(name)):
            continue
        module, normalization = name.removeprefix(prefix).partition(".")[0], len(tensor.shape) in (1, 3)
        if module not in _MODULES or (normalization and (module != "network" or residual)):
            raise CheckpointError(f"there is a tensor {name[:80]!r}, of which it is not known what it does in this agent; describe the network in a file given with --map")


def _with_normalizations(tensors, prefix, layers, names):
    """The layers, those that are normalised before their activation in parts: PQN's layer normalisation follows each layer in the sequence."""
    result, names = [], dict(names)
    for layer in layers:
        number = int(names[layer.name].rpartition(".")[2])
        following = f"{prefix}network.{number + 1}"
        if f"{following}.weight" not in tensors or len(tensors[f"{following}.weight"].shape) not in (1, 3):
            result.append(layer)
            continue
        over = "batch" if f"{following}.running_mean" in tensors else "everything"
        result += [replace(layer, activation="linear"), Normalization(f"{layer.name}_normalization", over), Activation(f"{layer.name}_relu")]
        names[f"{layer.name}_normalization"] = following
    return tuple(result), names


def _distilled(contents, prefix, dense, request):
    """PPO with random network distillation: the critic of the game's own rewards reads `relu(W h + b) + h` of what the trunk gives, h."""
    tensors = contents.tensors
    trunk, names = _trunk(tensors, prefix, dense)
    names |= {"policy_dense": f"{prefix}actor.0", "policy": f"{prefix}actor.2", "value_dense": f"{prefix}extra_layer.0", "value": f"{prefix}critic_ext"}
    policy = Dense("policy_dense", shape_of(tensors, f"{prefix}actor.0.weight", 2)[0])
    features, extra = shape_of(tensors, f"{dense[-1]}.weight", 2)[0], shape_of(tensors, f"{prefix}extra_layer.0.weight", 2)
    if extra != (features, features):
        raise CheckpointError(f"tensor {prefix + 'extra_layer.0.weight'!r} has shape {extra}; expected {(features, features)}")
    # h comes out of a ReLU, so that relu(h) is h: one dense layer gives both, and the head reads their sum.
    transforms = {
        ("value_dense", "kernel"): lambda kernel: np.concatenate([kernel, np.eye(features, dtype=kernel.dtype)]),
        ("value_dense", "bias"): lambda bias: np.concatenate([bias, np.zeros_like(bias)]),
        ("value", "kernel"): lambda kernel: np.concatenate([kernel, kernel], axis=1),
    }
    num_actions = shape_of(tensors, f"{prefix}actor.2.weight", 2)[0]
    make = lambda shape: StackDescription(shape, num_actions, trunk, (policy,), (Dense("value_dense", 2 * features),), name="nature")  # noqa: E731
    description = _fit(tensors, prefix, make, dense[0], request)
    return _finish(contents, description, names, ("The value is that of the game's own rewards, not of the intrinsic ones.",), transforms)


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
