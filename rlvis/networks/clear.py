"""The "clear" network of Hilton et al. 2020: large kernels and L2-pooling, made to have legible features."""

from rlvis.networks.stack import Convolution, Dense, Pool, Recurrence, StackDescription


def describe_clear(observation_shape, num_actions, *, channels=16, normalization=False, lstm=0) -> StackDescription:
    """conv 7 "1a" · pool · conv 5 "2a" · conv 5 "2b" · pool · conv 5 "3a" · pool · conv 5 "4a" · pool · dense 256 · dense 512.

    Args:
        observation_shape: `(H, W, C)`.
        num_actions: A.
        channels: channels of 1a; the other convolutions have twice as many (16 in the paper).
        normalization: batch normalisation after each convolution.
        lstm: size of an LSTM between the dense layers and the heads, 0 for none.

    Source: Hilton et al. 2020, appendix on architecture; `cnn="clear"` in its published code.
    """

    def conv(name, size, features):
        return Convolution(name, features, (size, size), normalization=normalization)

    trunk = (
        conv("1a", 7, channels),
        Pool("1pool", "l2"),
        conv("2a", 5, 2 * channels),
        conv("2b", 5, 2 * channels),
        Pool("2pool", "l2"),
        conv("3a", 5, 2 * channels),
        Pool("3pool", "l2"),
        conv("4a", 5, 2 * channels),
        Pool("4pool", "l2"),
        Dense("dense1", 256),
        Dense("dense2", 512),
    )
    memory = (Recurrence("lstm", lstm),) if lstm else ()
    return StackDescription(tuple(observation_shape), num_actions, trunk + memory, name="clear")
