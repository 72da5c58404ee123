"""B9: shuffled AUC of a map against gaze, by ranks, against 100 draws scored by scikit-learn. Wanted: at most 1/300 of the time."""

import numpy as np

from benchmarks.rows import Row
from benchmarks.setting import MissingPeer, Setting
from benchmarks.timing import take_turns
from rlvis.gaze.metrics import shuffled_auc

SHAPE, FIXATIONS, OTHERS, DRAWS = (210, 160), 160, 1600, 100


def measure(setting: Setting) -> list[Row]:
    """Rows for one frame's map and fixations."""
    try:
        from sklearn.metrics import roc_auc_score
    except ImportError as error:
        raise MissingPeer("needs scikit-learn; pip install 'rlvis[test]'") from error

    generator = np.random.default_rng(0)
    saliency = generator.random(SHAPE)
    pixels, others = (generator.integers(0, saliency.size, count) for count in (FIXATIONS, OTHERS))

    def drawn():
        random, flat, labels = np.random.default_rng(1), saliency.ravel(), np.repeat([1, 0], FIXATIONS)
        return np.mean([roc_auc_score(labels, np.concatenate([flat[pixels], flat[random.choice(others, FIXATIONS)]])) for _ in range(5 if setting.quick else DRAWS)])

    loop, ranks = "scikit-learn, drawn", "rlvis"
    seconds, areas = take_turns({loop: drawn, ranks: lambda: shuffled_auc(saliency, pixels, others)}, setting.repeats)
    case = f"a frame, {FIXATIONS} fixations, {OTHERS} of other frames"
    return [
        Row("B9", case, loop, seconds[loop].wall, seconds[loop].cpu, note=f"area {areas[loop]:.4f}"),
        Row("B9", case, ranks, seconds[ranks].wall, seconds[ranks].cpu, **seconds[ranks].over(seconds[loop]), note=f"area {areas[ranks]:.4f}; wanted: at most 0.0033"),
    ]
