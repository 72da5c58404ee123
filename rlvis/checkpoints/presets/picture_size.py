"""The size of the pictures a network takes, worked out from how many numbers reach its first dense layer."""

from collections.abc import Callable, Sequence
from math import prod

from rlvis.checkpoints.interpretation import Request
from rlvis.errors import CheckpointError, NetworkError
from rlvis.networks.stack import StackDescription, input_shapes

USUAL_SIDES = (84, 64)
_OTHER_SIDES = range(4, 257)
Make = Callable[[tuple[int, int, int]], StackDescription]


def fit_picture(make: Make | Sequence[Make], layer: str, inputs: int, channels: int, request: Request, usual: Sequence[int] = USUAL_SIDES) -> StackDescription:
    """The description for the observation size at which `inputs` numbers reach `layer`.

    Several sizes can leave the same number of positions. A usual one is taken where it fits; otherwise there must be
    only one.

    Args:
        make: gives the description for an observation shape `(H, W, C)`; or several that do, as alternatives.
        layer: name of the first dense layer.
        inputs: how many numbers it takes, from its kernel's shape.
        channels: C.
        request: if an observation shape is given there, no other is tried.
        usual: the sides of the squares that agents of this kind usually see.

    Raises:
        CheckpointError: if no square picture of up to 256 pixels a side fits, or several do, or the given shape does not.
    """
    alternatives = [make] if callable(make) else list(make)
    if request.observation_shape:
        return _given(alternatives, request.observation_shape, layer, inputs)
    for alternative in alternatives:
        for side in usual:
            if _count(alternative, (side, side, channels), layer) == inputs:
                return alternative((side, side, channels))
    fitting = {side: alternative for alternative in alternatives[::-1] for side in _OTHER_SIDES if _count(alternative, (side, side, channels), layer) == inputs}
    if len(fitting) == 1:
        ((side, alternative),) = fitting.items()
        return alternative((side, side, channels))
    which = f"pictures of several sizes from {min(fitting)} to {max(fitting)} pixels a side do that" if fitting else "no square picture does that"
    raise CheckpointError(f"layer {layer!r} takes {inputs} numbers, and {which}; which shape do the observations have? Say height, width and channels with --observation-shape")


def _given(alternatives, shape, layer, inputs):
    counts = [_count(alternative, shape, layer) for alternative in alternatives]
    if inputs in counts:
        return alternatives[counts.index(inputs)](shape)
    found = " or ".join(map(str, dict.fromkeys(counts)))
    raise CheckpointError(f"observations of shape {shape} leave {found} numbers for layer {layer!r}, whose kernel takes {inputs}; say another shape with --observation-shape")


def _count(make, shape, layer):
    """How many numbers reach the layer; 0 if the picture is too small."""
    try:
        return prod(input_shapes(make(shape))[layer])
    except NetworkError:
        return 0
