"""Attribution told apart by feature: what is displayed, and what the features leave unexplained."""

import numpy as np

from rlvis.errors import NetworkError
from rlvis.features.nmf import ChannelDirections


def displayed_attribution(attribution, directions: ChannelDirections) -> tuple[np.ndarray, np.ndarray]:
    """Reduce an attribution to features.

    `attr_trans = T(max(attr, 0)) − T(max(−attr, 0))`,
    `attr_res = Σ_c [attr − (T⁻¹(max(attr_trans, 0)) − T⁻¹(max(−attr_trans, 0)))]`,
    `displayed = attr_trans · (Σ_c H[k, c])_k`.

    Args:
        attribution: `(…, h, w, c)`, signed. T is not linear: a group's attribution is summed over its actions before.
        directions: H and T.

    Returns:
        `displayed` `(…, h, w, K)` and `attr_res` `(…, h, w, 1)`, float32; together they sum to the attribution.

    Raises:
        NetworkError: if an attribution is NaN or infinite.

    Source: Hilton et al. 2020, "Attribution"; its published code.
    """
    attribution = np.asarray(attribution, np.float32)
    totals = attribution.sum(axis=-1, keepdims=True)
    if not np.isfinite(totals).all():
        raise NetworkError("attributions contain NaN or infinity; the checkpoint's parameters are probably damaged")
    transformed = directions.transform(attribution) - directions.transform(-attribution)
    displayed = transformed * directions.components.sum(axis=1)
    # T⁻¹ is linear, and summed over channels it gives what is displayed.
    return displayed, totals - displayed.sum(axis=-1, keepdims=True)
