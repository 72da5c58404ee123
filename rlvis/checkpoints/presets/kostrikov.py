"""The Atari agents of pytorch-a2c-ppo-acktr: three convolutions, a dense layer, a GRU or none; ACKTR keeps biases apart."""

import re

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.checkpoints.presets.atari_environment import stack_of
from rlvis.checkpoints.presets.convolution_stack import convolutions, input_channels
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import first_match, shape_of
from rlvis.networks.stack import Dense, Recurrence, StackDescription

TORCH = CONVENTIONS["torch"]
_FIRST = re.compile(r"(.*?)(base\.main\.0|conv1)(?:\.module)?\.weight")
# By layer: its name in the newer and the older versions, and in the oldest the module that K-FAC moved its bias to.
_NEWER = {"conv1": "base.main.0", "conv2": "base.main.2", "conv3": "base.main.4", "dense": "base.main.7", "value": "base.critic_linear", "policy": "dist.linear"}
_OLDER = {"conv1": "conv1", "conv2": "conv2", "conv3": "conv3", "dense": "linear1", "value": "critic_linear"}
_BIASES = {"conv1": "ab1", "conv2": "ab2", "conv3": "ab3", "dense": "ab_fc1", "value": "ab_fc2", "policy": "ab_fc3"}


def recognise(contents: Contents) -> bool:
    """The names of either version, with a critic."""
    match = first_match(contents.tensors, _FIRST)
    if match is None:
        return False
    layers = _layers(contents.tensors, *match.groups())
    return all(_weight(contents.tensors, layers[name]) in contents.tensors for name in ("conv3", "dense", "value"))


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network, its widths read off the shapes."""
    tensors = contents.tensors
    prefix, first = first_match(tensors, _FIRST).groups()
    layers = _layers(tensors, prefix, first)
    weights = {name: _weight(tensors, layer) for name, layer in layers.items()}
    trunk = convolutions(tensors, [weights[f"conv{n}"] for n in (1, 2, 3)], TORCH, "")
    features, inputs = shape_of(tensors, weights["dense"], 2)
    memory = f"{prefix}base.gru" if first != "conv1" else f"{prefix}gru"
    state = next((shape_of(tensors, memory + suffix, 2)[1] for suffix in (".weight_hh_l0", ".weight_hh") if memory + suffix in tensors), 0)
    trunk = (*trunk, Dense("dense", features), *([Recurrence("gru", state, "gru")] if state else []))
    num_actions = shape_of(tensors, weights["policy"], 2)[0]
    description = fit_picture(
        lambda shape: StackDescription(shape, num_actions, trunk, name="nature"), "dense", inputs, input_channels(tensors, weights["conv1"], TORCH), request
    )
    names = {name: {"kernel": weights[name], "bias": _bias(tensors, prefix, name, layer)} for name, layer in layers.items()}
    defaults = {"atari": stack_of(description.observation_shape[2])}
    return Interpretation(description, {**names, "gru": memory}, TORCH, environment_defaults=defaults, gamma=0.99)


def _layers(tensors, prefix, first):
    if first != "conv1":
        return {name: prefix + layer for name, layer in _NEWER.items()}
    layers = {name: prefix + layer for name, layer in _OLDER.items()}
    head = f"{prefix}dist.linear"
    return {**layers, "policy": head if _weight(tensors, head) in tensors else f"{prefix}actor_linear"}


def _weight(tensors, layer):
    return f"{layer}.module.weight" if f"{layer}.module.weight" in tensors else f"{layer}.weight"


def _bias(tensors, prefix, name, layer):
    choices = (f"{layer}.bias", f"{layer}.add_bias._bias", f"{prefix}{_BIASES[name]}.bias", f"{prefix}{_BIASES[name]}._bias")
    return next((choice for choice in choices if choice in tensors), choices[0])


PRESET = Preset("kostrikov", "agent of pytorch-a2c-ppo-acktr", recognise, interpret)
