"""The randomness of sampled actions, in NumPy: a compiled program for it would take longer to compile than all of it to run.

The numbers are `jax.random`'s, with its keys as pairs of 32-bit numbers: `key(seed)`, `fold_in`, and `gumbel` but for the
last bit of its logarithms.

Source: Threefry, 20 rounds on two words, Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

import numpy as np

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = np.uint32(0x1BD11BDA)


def policy_keys(seed: int, count: int) -> np.ndarray:
    """One random key per environment of a group, from the group's seed: `(count, 2)` uint32."""
    return fold_in(np.array([0, seed & 0xFFFFFFFF], np.uint32), np.arange(count))


def fold_in(keys: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """New keys from keys `(…, 2)` uint32 and numbers below 2³², `(…)`; the two are broadcast."""
    return _threefry(keys, np.uint32(0), np.asarray(numbers, np.uint32))


def gumbel_noise(keys: np.ndarray, count: int) -> np.ndarray:
    """Noise g = −log(−log u), `(…, count)` float32, such that argmax(logits + g) is a sample of softmax(logits).

    Args:
        keys: `(…, 2)` uint32.
        count: numbers per key.
    """
    words = _threefry(keys[..., None, :], np.uint32(0), np.arange(count, dtype=np.uint32))
    # The upper bits are the fraction of a number in [1, 2).
    uniform = ((words[..., 0] ^ words[..., 1]) >> 9 | np.float32(1).view(np.uint32)).view(np.float32) - np.float32(1)
    return -np.log(-np.log(np.maximum(uniform, np.finfo(np.float32).tiny)))


def _threefry(keys, first, second):
    """The hash of pairs of numbers under keys, `(…, 2)`."""
    schedule = keys[..., 0], keys[..., 1], keys[..., 0] ^ keys[..., 1] ^ _PARITY
    with np.errstate(over="ignore"):
        x, y = first + schedule[0], second + schedule[1]
        for block in range(5):
            for distance in _ROTATIONS[block % 2]:
                x = x + y
                y = x ^ (y << distance | y >> (32 - distance))
            x, y = x + schedule[(block + 1) % 3], y + schedule[(block + 2) % 3] + np.uint32(block + 1)
    return np.stack(np.broadcast_arrays(x, y), axis=-1)
