"""The last resort: layers of any names whose shapes are those of the Nature network.

Kernels of 8 × 8, 4 × 4 and, mostly, 3 × 3 leave little doubt: strides 4, 2 and 1, ReLU, one or more dense layers, and
either one head (action values) or two, of which the one with a single output is the value.
"""

import re
from dataclasses import dataclass

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS, Convention
from rlvis.checkpoints.interpretation import Q_NOTE, Interpretation, Preset, Request
from rlvis.checkpoints.presets.atari_environment import stack_of
from rlvis.checkpoints.presets.convolution_stack import STRIDES
from rlvis.checkpoints.presets.picture_size import fit_picture
from rlvis.checkpoints.presets.tensor_names import check_action_count
from rlvis.errors import CheckpointError
from rlvis.networks.stack import Convolution, Dense, StackDescription

_NOT_THE_AGENT = ("target", "optim", "adam", "exp_avg", "momentum")
# A head of that name gives a policy; without a value beside it, it must not be taken for action values.
_POLICY = re.compile(r"logit|actor|policy|(^|[./_])pi([./_]|$)")
_KERNELS = ([8, 4, 3], [8, 4])


@dataclass(frozen=True)
class _Layer:
    kernel: str
    bias: str | None
    shape: tuple[int, ...]


def recognise(contents: Contents) -> bool:
    """Such kernels, and dense layers that follow one another."""
    return _arrangement(contents) is not None


def interpret(contents: Contents, request: Request) -> Interpretation:
    """The network those shapes are."""
    arrangement = _arrangement(contents)
    if arrangement is None:
        raise CheckpointError("the shapes are not those of the Nature network")
    convention, convolutions, hidden, policy, value = arrangement
    names = {f"conv{number}": layer for number, layer in enumerate(convolutions, start=1)}
    names |= {"dense" if number == 1 else f"dense{number}": layer for number, layer in enumerate(hidden, start=1)} | {"policy": policy}
    names |= {"value": value} if value else {}
    dense = [Dense(name, layer.shape[1], bias=layer.bias is not None) for name, layer in names.items() if name.startswith("dense")]
    kind = "actor-critic" if value else "q"
    if kind == "q":
        check_action_count(policy.shape[1])

    def make(padding):
        trunk = [Convolution(name, layer.shape[3], layer.shape[:2], (STRIDES[layer.shape[0]],) * 2, padding, bias=layer.bias is not None) for name, layer in names.items() if name.startswith("conv")]
        return lambda shape: StackDescription(shape, policy.shape[1], (*trunk, *dense), kind=kind, name="nature")

    channels = convolutions[0].shape[2]
    description = fit_picture([make("VALID"), make("SAME")], "dense", hidden[0].shape[0], channels, request)
    note = f"Nothing but shapes says what this network is: strides {', '.join(str(layer.stride[0]) for layer in description.trunk[: len(convolutions)])}, {description.trunk[0].padding} padding and ReLU were taken."
    return Interpretation(
        description,
        {name: {"kernel": layer.kernel, "bias": layer.bias} for name, layer in names.items()},
        convention,
        environment_defaults={"atari": stack_of(channels)},
        notes=(note,) if value else (note, Q_NOTE),
    )


def _arrangement(contents):
    """`(convention, convolutions, hidden layers, policy head, value head or None)`; `None` if the shapes do not fit."""
    convention = CONVENTIONS[contents.convention]
    if _normalized(contents, convention):
        return None
    layers = _layers(contents, convention)
    convolutions = [layer for layer in layers if len(layer.shape) == 4]
    dense = [layer for layer in layers if len(layer.shape) == 2]
    if [layer.shape[0] for layer in convolutions] not in _KERNELS or any(layer.shape[0] != layer.shape[1] for layer in convolutions):
        return None
    if any(before.shape[3] != after.shape[2] for before, after in zip(convolutions, convolutions[1:], strict=False)):
        return None
    for count in range(1, len(dense)):
        hidden, heads = dense[:count], dense[count:]
        chained = all(before.shape[1] == after.shape[0] for before, after in zip(hidden, hidden[1:], strict=False))
        if chained and all(head.shape[0] == hidden[-1].shape[1] for head in heads):
            values, policies = [head for head in heads if head.shape[1] == 1], [head for head in heads if head.shape[1] > 1]
            if len(policies) == 1 and len(values) == len(heads) - 1 <= 1 and (values or not _POLICY.search(policies[0].kernel)):
                return convention, convolutions, hidden, policies[0], values[0] if values else None
    return None


def _normalized(contents, convention):
    """Whether there are layers that normalise: nothing says where they belong."""
    suffixes = (*convention.suffixes["kernel"], *convention.suffixes.get("scale", ()))
    return any(name.endswith(suffixes) and len(tensor.shape) in (1, 3) and not any(word in name.lower() for word in _NOT_THE_AGENT) for name, tensor in contents.tensors.items())


def _layers(contents, convention: Convention):
    """Kernels in the order of the file, each with its bias, in rlvis's order of axes."""
    layers = []
    for name, tensor in contents.tensors.items():
        shape = tuple(tensor.shape)
        suffix = next((suffix for suffix in convention.suffixes["kernel"] if name.endswith(suffix)), None)
        if suffix is None or len(shape) not in (2, 4) or any(word in name.lower() for word in _NOT_THE_AGENT):
            continue
        biases = [name.removesuffix(suffix) + other for other in convention.suffixes["bias"]]
        order = convention.convolution if len(shape) == 4 else convention.dense
        shape = tuple(shape[order.index(axis)] for axis in ("HWIO" if len(shape) == 4 else "IO"))
        layers.append(_Layer(name, next((bias for bias in biases if bias in contents.tensors), None), shape))
    return layers


PRESET = Preset("nature-by-shapes", "network with the shapes of the Nature network, whatever its names", recognise, interpret)
