"""The size of the pictures a network takes, worked out from how many numbers reach its first dense layer."""

from collections.abc import Callable, Sequence
from math import prod

from rlvis.checkpoints.interpretation import Request
from rlvis.errors import CheckpointError, NetworkError
from rlvis.networks.stack import StackDescription, input_shapes

# Several sizes can leave the same number of positions: the most usual ones are tried first.
SIDES = ((84, 64), (80, 96, 42, 72, 128, 10, *range(4, 257)))
Make = Callable[[tuple[int, int, int]], StackDescription]


def fit_picture(make: Make | Sequence[Make], layer: str, inputs: int, channels: int, request: Request, sides: Sequence[Sequence[int]] = SIDES) -> StackDescription:
    """The description for the observation size at which `inputs` numbers reach `layer`.

    Args:
        make: gives the description for an observation shape `(H, W, C)`; or several that do, as alternatives.
        layer: name of the first dense layer.
        inputs: how many numbers it takes, from its kernel's shape.
        channels: C.
        request: if an observation shape is given there, no other is tried.
        sides: the sizes to try, in groups; each alternative is tried with a whole group before the next group.

    Raises:
        CheckpointError: if no square picture of up to 256 pixels a side fits, or the given shape does not.
    """
    alternatives = [make] if callable(make) else list(make)
    groups = [[request.observation_shape]] if request.observation_shape else [[(side, side, channels) for side in group] for group in sides]
    for group in groups:
        for alternative in alternatives:
            for shape in group:
                if _count(alternative, shape, layer) == inputs:
                    return alternative(shape)
    if request.observation_shape:
        counts = " or ".join(str(_count(alternative, request.observation_shape, layer)) for alternative in alternatives)
        raise CheckpointError(f"observations of shape {request.observation_shape} leave {counts} numbers for layer {layer!r}, whose kernel takes {inputs}; say another shape with --observation-shape")
    raise CheckpointError(f"no square picture leaves {inputs} numbers for layer {layer!r} of this network; say the observations' shape, height width channels, with --observation-shape")


def _count(make, shape, layer):
    """How many numbers reach the layer; 0 if the picture is too small."""
    try:
        return prod(input_shapes(make(shape))[layer])
    except NetworkError:
        return 0
