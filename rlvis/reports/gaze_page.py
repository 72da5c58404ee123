"""The page of an agent's agreement with human gaze: scores, their distributions, and where agreement is best and worst."""

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from rlvis.evaluation.perception import enlarge, raw_picture
from rlvis.file_replacement import replace_file
from rlvis.gaze.highlights import Highlight
from rlvis.gaze.results import Measurement
from rlvis.interface.page import render_page

PAGE = "gaze.html"
BINS = 32
# The plot's size in units of the drawing.
WIDTH, HEIGHT = 320, 120
SHORT = {"nss": "NSS", "kl": "KL", "sauc": "shuffled AUC", "cc": "CC", "sim": "SIM", "auc_judd": "AUC Judd"}


def write_gaze_page(output, measurement: Measurement) -> Path:
    """Write `gaze.html`, a page without scripts that holds everything it shows.

    Args:
        output: the directory.
        measurement: what to show.

    Returns:
        The page's path.

    Raises:
        OutputError: if it cannot be written.
    """
    model = gaze_model(measurement)
    text = "".join(render_page("gaze.html", model["title"], directory="gaze", **{key: value for key, value in model.items() if key != "title"}))
    return replace_file(Path(output) / PAGE, lambda stream: stream.write(text.encode()))


def gaze_model(measurement: Measurement) -> dict[str, Any]:
    """What the page shows, as plain data."""
    summary, highlights = measurement.summary, measurement.highlights
    sources = list(summary["overall"])
    return {
        "title": f"{summary['network']} and human gaze: {summary['trials'][0]['game']}",
        "method": summary["method"],
        "target": summary["target"],
        "offset": summary["options"]["gaze_frame_offset"],
        "over": "observation" if summary["options"]["processed_obs"] else "picture",
        "metrics": [{"name": SHORT[metric], "label": label} for metric, label in summary["metrics"].items()],
        "sources": sources,
        "overall": [{"source": source, "scores": [cell(score) for score in scores.values()]} for source, scores in summary["overall"].items()],
        "trials": [
            {"number": trial["trial"], "observations": trial["observations"], "with_gaze": trial["observations_with_gaze"], "scores": [cell(score) for score in trial["scores"]["agent"].values()]}
            for trial in summary["trials"]
        ],
        "charts": [distribution(SHORT[metric], {source: pooled(measurement, source, metric) for source in sources}) for metric in summary["metrics"]],
        "size": (WIDTH, HEIGHT),
        "chosen_by": SHORT[highlights.metric],
        "frames": [("Best agreement", [frame(one) for one in highlights.best]), ("Worst agreement", [frame(one) for one in highlights.worst])],
        "notes": summary["notes"],
    }


def cell(score: Mapping[str, Any]) -> dict[str, str]:
    """A score in a table: its mean and, if there is one, its interval."""
    if score["mean"] is None:
        return {"mean": "–", "interval": "not defined"}
    texts = {"mean": f"{score['mean']:.3f}", "interval": f"{score['interval'][0]:.3f} to {score['interval'][1]:.3f}" if score["interval"] else ""}
    return {name: text.replace("-", "−") for name, text in texts.items()}


def pooled(measurement: Measurement, source: str, metric: str) -> np.ndarray:
    """A metric's values over all observations of all trials where it is defined."""
    values = np.concatenate([agreement.scores[source][metric] for agreement in measurement.agreements])
    return values[np.isfinite(values)]


def distribution(name: str, values: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Histograms over common bins as lines of a drawing: shares of each source's observations, the tallest `HEIGHT` high."""
    every = np.concatenate(list(values.values()))
    if not len(every):
        return {"name": name, "low": "", "high": "", "lines": []}
    low, high = float(every.min()), float(every.max())
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    shares = {source: np.histogram(found, edges)[0] / len(found) for source, found in values.items() if len(found)}
    tallest = max(share.max() for share in shares.values())
    return {"name": name, "low": f"{low:.3g}".replace("-", "−"), "high": f"{high:.3g}".replace("-", "−"), "lines": [{"source": source, "points": _steps(share / tallest)} for source, share in shares.items()]}


def _steps(heights: Sequence[float]) -> str:
    x = np.linspace(0, WIDTH, len(heights) + 1)
    corners = [(edge, HEIGHT * (1 - height)) for left, right, height in zip(x[:-1], x[1:], heights, strict=True) for edge in (left, right)]
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)


def frame(highlight: Highlight) -> dict[str, Any]:
    """A highlight for the page: the picture with fixations, and the same with the agent's saliency."""
    shape, size = highlight.saliency.shape, highlight.picture.shape[:2]
    largest = highlight.saliency.max()
    saliency = highlight.saliency / largest if largest > 0 else highlight.saliency
    person = highlight.picture.copy()
    rows, columns = np.divmod(highlight.pixels, shape[1])
    for row, column in zip((rows * size[0] // shape[0]).tolist(), (columns * size[1] // shape[1]).tolist(), strict=True):
        person[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3] = (255, 64, 64)
    agent = (np.clip(raw_picture(highlight.picture, enlarge(saliency, size)), 0, 1) * 255 + 0.5).astype(np.uint8)
    return {"trial": highlight.trial, "observation": highlight.index, "score": f"{highlight.score:.2f}".replace("-", "−"), "person": picture_url(person), "agent": picture_url(agent)}


def picture_url(picture: np.ndarray) -> str:
    """A picture `(H, W, 3)` uint8 as a PNG in a `data:` address."""
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
