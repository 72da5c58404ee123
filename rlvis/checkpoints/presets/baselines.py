"""TensorFlow agents of Baselines and Stable-Baselines 2 with the Nature network: PPO2, A2C with or without LSTM, DQN."""

import re

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Q_NOTE, Interpretation, Preset, Request, metadata_number
from rlvis.checkpoints.presets.atari_environment import stack_of
from rlvis.checkpoints.presets.convolution_stack import convolutions, input_channels
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import first_match, shape_of
from rlvis.errors import CheckpointError
from rlvis.networks.stack import Dense, Recurrence, StackDescription

TENSORFLOW = CONVENTIONS["tensorflow"]
# The copy that Q-learning keeps of its network is not the agent.
_FIRST = re.compile(r"(?!.*target)(.*?)c1/w:0")


def recognise(contents: Contents) -> bool:
    """Convolutions c1 to c3 and the dense layer fc1."""
    match = first_match(contents.tensors, _FIRST)
    return match is not None and all(f"{match.group(1)}{name}/w:0" in contents.tensors for name in ("c2", "c3", "fc1"))


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network, its widths read off the shapes."""
    tensors = contents.tensors
    scope = first_match(tensors, _FIRST).group(1)
    trunk = convolutions(tensors, [f"{scope}c{n}" for n in (1, 2, 3)], TENSORFLOW, "/w:0")
    inputs, features = shape_of(tensors, f"{scope}fc1/w:0", 2)
    names = {layer.name: f"{scope}c{number}" for number, layer in enumerate(trunk, start=1)} | {"dense": f"{scope}fc1"}
    trunk = (*trunk, Dense("dense", features))
    channels = input_channels(tensors, f"{scope}c1/w:0", TENSORFLOW)
    value, kind = (), "q"
    if f"{scope}fully_connected/weights:0" in tensors:
        value, more = _dueling(tensors, scope)
        names |= more | {"policy": f"{scope}fully_connected"}
        num_actions = shape_of(tensors, f"{scope}fully_connected/weights:0", 2)[1]
    else:
        kind = "actor-critic"
        trunk, more = _with_memory(tensors, scope, trunk)
        heads = _heads(tensors, scope)
        names |= more | heads
        num_actions = shape_of(tensors, f"{heads['policy']}/w:0", 2)[1]
    description = fit_picture(
        lambda shape: StackDescription(shape, num_actions, trunk, (), value, kind, "nature", dueling="value" in names and kind == "q"), "dense", inputs, channels, request
    )
    return Interpretation(
        description,
        names,
        TENSORFLOW,
        environment_defaults={"atari": stack_of(channels)},
        gamma=metadata_number(contents.metadata, "gamma"),
        gae_lambda=metadata_number(contents.metadata, "lam"),
        notes=(Q_NOTE,) if kind == "q" else (),
    )


def _heads(tensors, scope):
    """Stable-Baselines: `model/pi`, `model/vf`; Baselines: `x/pi` and `x/vf` for a network in `x/pi/`."""
    for policy, value in ((f"{scope}pi", f"{scope}vf"), (scope.rstrip("/"), re.sub(r"pi/$", "vf", scope))):
        if f"{policy}/w:0" in tensors and f"{value}/w:0" in tensors:
            return {"policy": policy, "value": value}
    raise CheckpointError(f"the heads are missing: neither tensors {scope + 'pi/w:0'!r} and {scope + 'vf/w:0'!r} are there, nor {scope + 'w:0'!r} with its value")


def _with_memory(tensors, scope, trunk):
    for name in ("lstm1", "lstm"):
        if f"{scope}{name}/wx:0" in tensors:
            if f"{scope}{name}/gx:0" in tensors:
                raise CheckpointError("this agent's LSTM has layer normalisation; that is not supported")
            return (*trunk, Recurrence("lstm", shape_of(tensors, f"{scope}{name}/wh:0", 2)[0])), {"lstm": f"{scope}{name}"}
    return trunk, {}


def _dueling(tensors, scope):
    """The tower to the state's value, if there is one."""
    state = scope.replace("action_value/", "state_value/")
    layers = [state + "fully_connected" + suffix for suffix in ("", "_1", "_2", "_3", "_4") if f"{state}fully_connected{suffix}/weights:0" in tensors]
    if state == scope or not layers:
        return (), {}
    if any(name.startswith(state) and "LayerNorm" in name for name in tensors):
        raise CheckpointError("this agent has layer normalisation; that is not supported")
    hidden = tuple(Dense(f"state{number}", shape_of(tensors, f"{layer}/weights:0", 2)[1]) for number, layer in enumerate(layers[:-1], start=1))
    return hidden, {layer.name: name for layer, name in zip(hidden, layers, strict=False)} | {"value": layers[-1]}


PRESET = Preset("baselines", "agent of Baselines or Stable-Baselines 2 with the Nature network", recognise, interpret)
