"""Attribution told apart by feature: what is displayed, and what the features leave unexplained."""

import numpy as np

from rlvis.features.nmf import ChannelDirections


def displayed_attribution(attribution, directions: ChannelDirections) -> tuple[np.ndarray, np.ndarray]:
    """Reduce an attribution to features.

    `attr_trans = T(max(attr, 0)) − T(max(−attr, 0))`,
    `attr_res = Σ_c [attr − (T⁻¹(max(attr_trans, 0)) − T⁻¹(max(−attr_trans, 0)))]`,
    `displayed = attr_trans · (Σ_c H[k, c])_k`.

    Args:
        attribution: `(N, h, w, c)`, signed.
        directions: H and T.

    Returns:
        `displayed` `(N, h, w, K)` and `attr_res` `(N, h, w, 1)`, float32.

    Source: Hilton et al. 2020, "Attribution"; its published code.
    """
    attribution = np.asarray(attribution, np.float32)
    transformed = directions.transform(attribution) - directions.transform(-attribution)
    displayed = transformed * directions.components.sum(axis=1)
    # T⁻¹ is linear, and summed over channels it gives what is displayed.
    residual = attribution.sum(axis=-1, keepdims=True) - displayed.sum(axis=-1, keepdims=True)
    return displayed, residual
