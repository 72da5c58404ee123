"""The trunk that most Atari agents share: convolutions whose strides follow from their kernels."""

from collections.abc import Mapping, Sequence

from rlvis.checkpoints.conventions import Convention
from rlvis.checkpoints.presets.tensor_names import shape_of
from rlvis.errors import CheckpointError
from rlvis.networks.stack import Convolution

# Kernel to stride, as in Mnih et al. 2015.
STRIDES = {8: 4, 4: 2, 3: 1}


def convolutions(tensors: Mapping, prefixes: Sequence[str], convention: Convention, suffix: str, padding: str = "VALID") -> tuple[Convolution, ...]:
    """The layers "conv1", "conv2", … whose kernels are the tensors `prefix + suffix`; ReLU.

    Raises:
        CheckpointError: if a tensor is missing, or a kernel is none of 8 × 8, 4 × 4 and 3 × 3.
    """
    layers = []
    for number, prefix in enumerate(prefixes, start=1):
        height, width, _, features = (shape_of(tensors, prefix + suffix, 4)[convention.convolution.index(axis)] for axis in "HWIO")
        if height != width or height not in STRIDES:
            raise CheckpointError(f"tensor {prefix + suffix!r} is a kernel of {height}×{width}; expected 8×8, 4×4 or 3×3, the kernels of the Nature network")
        layers.append(Convolution(f"conv{number}", features, (height, width), (STRIDES[height],) * 2, padding))
    return tuple(layers)


def input_channels(tensors: Mapping, name: str, convention: Convention) -> int:
    """Channels of the pictures that a kernel reads."""
    return shape_of(tensors, name, 4)[convention.convolution.index("I")]
