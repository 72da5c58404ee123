"""How well a saliency map agrees with where somebody looked. Every metric is NaN where it is not defined.

Maps are `(H, W)`, of any positive scale; pixels are numbers in row-major order, `(n,)`, fixated pixels repeated as
often as they were looked at; densities are `(H, W)` with sum 1.

Source: Bylinskii et al. 2019, "What do different evaluation metrics tell us about saliency models?"
"""

import numpy as np

METRICS = ("nss", "kl", "sauc", "cc", "sim", "auc_judd")
LABELS = {
    "nss": "normalized scanpath saliency",
    "kl": "Kullback–Leibler divergence (lower is better)",
    "sauc": "shuffled AUC",
    "cc": "correlation",
    "sim": "similarity",
    "auc_judd": "AUC (Judd)",
}
_TINY = 1e-8


def nss(saliency: np.ndarray, pixels: np.ndarray) -> float:
    """Mean over fixations of `(S − mean S) / std S` (Peters et al. 2005)."""
    deviation = saliency.std()
    if not len(pixels) or not deviation > _TINY * abs(saliency).max():
        return np.nan
    return float((saliency.ravel()[pixels].mean() - saliency.mean()) / deviation)


def kl_divergence(saliency: np.ndarray, density: np.ndarray, epsilon: float = 0.0) -> float:
    """`Σ P ln(P / Q)`, P the density of fixations, Q the map divided by its sum.

    Without `epsilon` it is not defined where S is (nearly) 0 and P is not; with it, `Σ P ln(ε + P / (Q + ε))`.
    """
    total = saliency.sum()
    if not total > 0:
        return np.nan
    q = saliency / total
    if epsilon > 0:
        return float((density * np.log(epsilon + density / (q + epsilon))).sum())
    seen = density > 0
    if (saliency[seen] <= _TINY * saliency.max()).any():
        return np.nan
    p = density[seen]
    return float((p * np.log(p / q[seen])).sum())


def correlation(saliency: np.ndarray, density: np.ndarray) -> float:
    """Pearson's correlation of map and density over pixels."""
    s, p = saliency - saliency.mean(), density - density.mean()
    scale = np.sqrt((s * s).sum() * (p * p).sum())
    return float((s * p).sum() / scale) if scale > 0 and s.std() > _TINY * abs(saliency).max() else np.nan


def similarity(saliency: np.ndarray, density: np.ndarray) -> float:
    """`Σ min(P, Q)`: 1 for equal densities, 0 for disjoint ones."""
    total = saliency.sum()
    return float(np.minimum(saliency / total, density).sum()) if total > 0 else np.nan


def area_under_curve(positives: np.ndarray, negatives: np.ndarray) -> float:
    """The area under the ROC curve: `P(s⁺ > s⁻) + ½ P(s⁺ = s⁻)`, the Mann–Whitney statistic over `n⁺ n⁻`."""
    if not len(positives) or not len(negatives):
        return np.nan
    ordered = np.sort(negatives)
    ranks = np.searchsorted(ordered, positives, "left") + np.searchsorted(ordered, positives, "right")
    return float(ranks.mean() / (2 * len(ordered)))


def shuffled_auc(saliency: np.ndarray, pixels: np.ndarray, others: np.ndarray, splits: int = 0) -> float:
    """AUC of the map at the fixations against the map at fixations of other observations.

    The published evaluation draws as many negatives as there are fixations from the others, 100 times, and averages;
    since the area is linear in the negatives' distribution, all others at once are what that average tends to, without
    drawing (Borji et al. 2013; Tatler et al. 2005).

    Args:
        saliency, pixels: see above.
        others: `(m,)` fixated pixels of other observations.
        splits: draw that many times, with the published evaluation's random numbers; 0: do not draw.
    """
    flat = saliency.ravel()
    if _flat(flat):
        return np.nan
    if not splits or not len(others) or not len(pixels):
        return area_under_curve(flat[pixels], flat[others])
    share = np.bincount(others, minlength=len(flat)) / len(others)
    drawn = np.random.RandomState(42).choice(len(flat), (splits, len(pixels)), p=share)
    return float(np.mean([area_under_curve(flat[pixels], flat[negatives]) for negatives in drawn]))


def auc_judd(saliency: np.ndarray, pixels: np.ndarray) -> float:
    """AUC of the map at fixated pixels, each once, against the map at all other pixels (Judd et al. 2009)."""
    flat = saliency.ravel()
    fixated = np.unique(pixels)
    if _flat(flat) or not len(fixated):
        return np.nan
    # The small set is the one to sort.
    return 1 - area_under_curve(np.delete(flat, fixated), flat[fixated])


def _flat(values):
    return not values.max() - values.min() > _TINY * abs(values).max()


def score_map(saliency: np.ndarray, pixels: np.ndarray, others: np.ndarray, density: np.ndarray | None, kl_epsilon: float = 0.0, auc_splits: int = 0) -> dict[str, float]:
    """All metrics of one map; all NaN without fixations (`density` is `None` then) or for a map that is not finite."""
    if density is None or not np.isfinite(saliency).all():
        return dict.fromkeys(METRICS, np.nan)
    return {
        "nss": nss(saliency, pixels),
        "kl": kl_divergence(saliency, density, kl_epsilon),
        "sauc": shuffled_auc(saliency, pixels, others, auc_splits),
        "cc": correlation(saliency, density),
        "sim": similarity(saliency, density),
        "auc_judd": auc_judd(saliency, pixels),
    }
