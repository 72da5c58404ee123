"""The A3C-LSTM agents of rl_a3c_pytorch: four convolutions, each max-pooled and then rectified, and an LSTM."""

import re

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import first_match, shape_of
from rlvis.networks.stack import Activation, Convolution, Pool, Recurrence, StackDescription

_FIRST = re.compile(r"(.*?)conv1\.weight")
_KERNELS = (5, 5, 4, 3)
_PADDINGS = (2, 1, 1, 1)


def recognise(contents: Contents) -> bool:
    """Kernels of these sizes, and an LSTM."""
    match = first_match(contents.tensors, _FIRST)
    if match is None or f"{match.group(1)}lstm.weight_ih" not in contents.tensors:
        return False
    kernels = [contents.tensors.get(f"{match.group(1)}conv{n}.weight") for n in (1, 2, 3, 4)]
    return all(kernel is not None and tuple(kernel.shape)[2:] == (size, size) for kernel, size in zip(kernels, _KERNELS, strict=True))


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network, its widths read off the shapes."""
    tensors = contents.tensors
    prefix = first_match(tensors, _FIRST).group(1)
    trunk = []
    for number, (size, pad) in enumerate(zip(_KERNELS, _PADDINGS, strict=True), start=1):
        features = shape_of(tensors, f"{prefix}conv{number}.weight", 4)[0]
        trunk += [
            Convolution(f"conv{number}", features, (size, size), padding=((pad, pad), (pad, pad)), activation="linear"),
            Pool(f"pool{number}", "max", padding="VALID"),
            Activation(f"relu{number}"),
        ]
    trunk.append(Recurrence("lstm", shape_of(tensors, f"{prefix}lstm.weight_hh", 2)[1]))
    num_actions = shape_of(tensors, f"{prefix}actor_linear.weight", 2)[0]
    pictures = shape_of(tensors, f"{prefix}conv1.weight", 4)[1]
    description = fit_picture(
        lambda shape: StackDescription(shape, num_actions, tuple(trunk), name="a3c"), "lstm", shape_of(tensors, f"{prefix}lstm.weight_ih", 2)[1], pictures, request, usual=(80,)
    )
    names = {name: prefix + name for name in ("conv1", "conv2", "conv3", "conv4", "lstm")}
    return Interpretation(
        description,
        {**names, "policy": f"{prefix}actor_linear", "value": f"{prefix}critic_linear"},
        CONVENTIONS["torch"],
        environment_defaults={"atari": {"preprocessing": {"crop": [34, 194, 0, 160], "resize": [80, 80], "filter": "bilinear", "frame_stack": 1}}},
        gamma=0.99,
        gae_lambda=1.0,
        notes=("In training, observations were standardized with running means; that is not done here, so that playing this agent shows another behaviour than it was trained for.",),
    )


PRESET = Preset("rl-a3c", "A3C-LSTM agent of rl_a3c_pytorch", recognise, interpret)
