"""From what an environment shows to what a network takes."""

import jax
import jax.numpy as jnp


@jax.jit
def normalize_observations(observations):
    """Observations as a network takes them: bytes divided by 255, booleans as 0 and 1, floating point unchanged.

    Args:
        observations: `(N, H, W, C)`, uint8, bool or floating point.

    Returns:
        `(N, H, W, C)` float32.
    """
    observations = jnp.asarray(observations)
    scale = 255.0 if observations.dtype == jnp.uint8 else 1.0
    return observations.astype(jnp.float32) / scale
