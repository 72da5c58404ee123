"""The network of Mnih et al. 2015."""

from rlvis.networks.stack import Convolution, Dense, Recurrence, StackDescription


def describe_nature(observation_shape, num_actions, *, features=512, last_channels=64, lstm=0, kind="actor-critic") -> StackDescription:
    """conv 8/4 × 32 "conv1" · conv 4/2 × 64 "conv2" · conv 3/1 × 64 "conv3", VALID, ReLU · dense 512 "dense".

    Args:
        observation_shape: `(H, W, C)`.
        num_actions: A.
        features: size of the dense layer.
        last_channels: channels of the third convolution.
        lstm: size of an LSTM after the dense layer, 0 for none.
        kind: "actor-critic" or "q".

    Source: Mnih et al. 2015, methods, "Model architecture".
    """
    trunk = (
        Convolution("conv1", 32, (8, 8), (4, 4), "VALID"),
        Convolution("conv2", 64, (4, 4), (2, 2), "VALID"),
        Convolution("conv3", last_channels, (3, 3), (1, 1), "VALID"),
        Dense("dense", features),
    )
    memory = (Recurrence("lstm", lstm),) if lstm else ()
    return StackDescription(tuple(observation_shape), num_actions, trunk + memory, kind=kind, name="nature")
