"""The size of the pictures a network takes, worked out from how many numbers reach its first dense layer."""

from collections.abc import Callable

from rlvis.checkpoints.interpretation import Request
from rlvis.errors import CheckpointError, NetworkError
from rlvis.networks.stack import StackDescription, input_shapes

# Usual sizes first: several sizes can leave the same number of positions.
SIDES = (84, 64, 80, 96, 42, 72, 128, 10, *range(4, 257))


def fit_picture(make: Callable[[tuple[int, int, int]], StackDescription], layer: str, inputs: int, channels: int, request: Request, sides=SIDES) -> StackDescription:
    """The description for the observation size at which `inputs` numbers reach `layer`.

    Args:
        make: gives the description for an observation shape `(H, W, C)`.
        layer: name of the first dense layer.
        inputs: how many numbers it takes, from its kernel's shape.
        channels: C.
        request: an observation shape given there is taken, fitting or not.
        sides: the sizes to try.

    Raises:
        CheckpointError: if no square picture of up to 256 pixels a side fits.
    """
    if request.observation_shape:
        return make(request.observation_shape)
    for side in sides:
        try:
            description = make((side, side, channels))
            shape = input_shapes(description)[layer]
        except NetworkError:
            continue
        if shape[-1] and _count(shape) == inputs:
            return description
    raise CheckpointError(f"no square picture leaves {inputs} numbers for layer {layer!r} of this network; say the observations' shape, height width channels, with --observation-shape")


def _count(shape):
    count = 1
    for n in shape:
        count *= n
    return count
