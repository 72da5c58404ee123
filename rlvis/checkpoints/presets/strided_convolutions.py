"""Small A3C and PPO agents in PyTorch: four 3 × 3 convolutions of stride 2, then an LSTM, a GRU or a dense layer.

Greydanus' A3C-LSTM and baby-a3c (one grey 80 × 80 picture, ELU), uvipen's PPO and A3C for Nintendo games (four 84 × 84
pictures, ReLU), pytorch-a3c (one 42 × 42 picture, ELU). The activation is not in the file: it is ELU where one picture
goes in, ReLU where several do.
"""

import re

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import first_match, one_of, shape_of
from rlvis.networks.stack import Convolution, Dense, Recurrence, StackDescription

TORCH = CONVENTIONS["torch"]
_FIRST = re.compile(r"(.*?)conv1\.weight")
_PADDING = ((1, 1), (1, 1))
_CELLS = {"lstm": "lstm", "gru": "gru"}
SUPER_MARIO_ACTIONS = {
    5: ("NOOP", "right", "right+A", "right+B", "right+A+B"),
    7: ("NOOP", "right", "right+A", "right+B", "right+A+B", "A", "left"),
    12: ("NOOP", "right", "right+A", "right+B", "right+A+B", "A", "left", "left+A", "left+B", "left+A+B", "down", "up"),
}


def recognise(contents: Contents) -> bool:
    """Four 3 × 3 convolutions of these names, and a layer between them and the heads."""
    match = first_match(contents.tensors, _FIRST)
    if match is None:
        return False
    prefix, tensors = match.group(1), contents.tensors
    kernels = [tensors.get(f"{prefix}conv{n}.weight") for n in (1, 2, 3, 4)]
    return all(kernel is not None and tuple(kernel.shape)[2:] == (3, 3) for kernel in kernels) and any(f"{prefix}{name}" in tensors for name in _MIDDLE)


_MIDDLE = ("lstm.weight_ih", "gru.weight_ih", "linear.weight")


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network; preprocessing as the programs of that family do it."""
    tensors = contents.tensors
    prefix = first_match(tensors, _FIRST).group(1)
    pictures = shape_of(tensors, f"{prefix}conv1.weight", 4)[1]
    activation = "elu" if pictures == 1 else "relu"
    trunk = [
        Convolution(f"conv{n}", shape_of(tensors, f"{prefix}conv{n}.weight", 4)[0], (3, 3), (2, 2), _PADDING, activation) for n in (1, 2, 3, 4)
    ]
    middle, inputs = _middle(tensors, prefix)
    policy, value = one_of(tensors, f"{prefix}actor_linear", f"{prefix}pol_func"), one_of(tensors, f"{prefix}critic_linear", f"{prefix}val_func")
    num_actions = shape_of(tensors, f"{policy}.weight", 2)[0]
    description = fit_picture(lambda shape: StackDescription(shape, num_actions, (*trunk, middle), name="strided"), middle.name, inputs, pictures, request, usual=(80, 84, 42))
    names = {layer.name: f"{prefix}{layer.name}" for layer in (*trunk, middle)}
    side = description.observation_shape[0]
    return Interpretation(
        description,
        {**names, "policy": policy, "value": value},
        TORCH,
        environment_defaults={"atari": _preprocessing(side, pictures)},
        action_names=SUPER_MARIO_ACTIONS.get(num_actions, ()) if pictures > 1 else (),
        gamma=0.99 if pictures == 1 else 0.9,
        gae_lambda=1.0,
        notes=(f"The file does not say which activation function follows the convolutions; {activation.upper() if activation == 'elu' else 'ReLU'} was taken, as in the programs that use these layers' names.",),
    )


def _middle(tensors, prefix):
    for name, cell in _CELLS.items():
        if f"{prefix}{name}.weight_ih" in tensors:
            return Recurrence(name, shape_of(tensors, f"{prefix}{name}.weight_hh", 2)[1], cell), shape_of(tensors, f"{prefix}{name}.weight_ih", 2)[1]
    features, inputs = shape_of(tensors, f"{prefix}linear.weight", 2)
    return Dense("linear", features, "linear"), inputs


def _preprocessing(side, pictures):
    if pictures == 1 and side == 80:
        # Trained on Gym's "-v4" environments without wrappers.
        return {"preprocessing": "baby_a3c", "frame_skip": [2, 4], "max_pool": False, "noop_max": 0, "fire_reset": False}
    return {"preprocessing": {"resize": [side, side], "filter": "linear", "frame_stack": pictures, "stack_start": "repeat"}}


PRESET = Preset("strided-convolutions", "A3C or PPO agent with four strided convolutions (Greydanus, baby-a3c, uvipen)", recognise, interpret)
