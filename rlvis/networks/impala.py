"""The residual network of IMPALA."""

from rlvis.networks.stack import Activation, Convolution, Dense, Pool, Recurrence, ResidualBlock, StackDescription

# MaxPool2d(3, 2, padding=1): one row and column on each side, whereas SAME pads even sizes only after the image.
TORCH_POOL_PADDING = ((1, 1), (1, 1))


def describe_impala(observation_shape, num_actions, *, channels=(16, 32, 32), features=256, pool_padding="SAME", lstm=0) -> StackDescription:
    """Per sequence s: conv 3 "blocks.conv" · max-pool 3/2 "blocks.pool" · two residual blocks "blocks.res1", "blocks.res2"; ReLU · dense 256.

    Args:
        observation_shape: `(H, W, C)`.
        num_actions: A.
        channels: channels of each sequence.
        features: size of the dense layer.
        pool_padding: "SAME" as in TensorFlow and Flax; `TORCH_POOL_PADDING` for networks that PyTorch trained.
        lstm: size of an LSTM after the dense layer, 0 for none.

    Source: Espeholt et al. 2018, figure 3 (right).
    """
    trunk = []
    for index, width in enumerate(channels, start=1):
        trunk += [
            Convolution(f"block{index}.conv", width, (3, 3), activation="linear"),
            Pool(f"block{index}.pool", "max", (3, 3), (2, 2), pool_padding),
            ResidualBlock(f"block{index}.res1", width),
            ResidualBlock(f"block{index}.res2", width),
        ]
    trunk += [Activation("relu"), Dense("dense", features)]
    memory = [Recurrence("lstm", lstm)] if lstm else []
    return StackDescription(tuple(observation_shape), num_actions, tuple(trunk + memory), name="impala")
