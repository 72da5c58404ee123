"""The assessment as files: `trust.json` for programs, `trust.html`, a page without scripts, for people."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rlvis.file_replacement import replace_file
from rlvis.interface.page import render_page

JSON, PAGE = "trust.json", "trust.html"
# The plots' size in units of the drawing.
WIDTH, HEIGHT = 240, 120
HEADS = {"action": "Probability of the action that the intact frame makes most probable", "value": "Distance to the intact frame's value"}
# Whether a good map has a small or a large area under the curve.
BETTER = {("action", "deletion"): "smaller", ("action", "insertion"): "larger", ("value", "deletion"): "larger", ("value", "insertion"): "smaller"}


def write_trust_report(output, result: Mapping[str, Any]) -> Path:
    """Write `trust.json` and `trust.html`.

    Args:
        output: the directory.
        result: from `rlvis.trust.assessment.assess`.

    Returns:
        The page's path.

    Raises:
        OutputError: if they cannot be written.
    """
    output = Path(output)
    replace_file(output / JSON, lambda stream: stream.write(json.dumps(result, indent=1).encode()))
    model = report_model(result)
    text = "".join(render_page("trust.html", model["title"], directory="trust", **{name: part for name, part in model.items() if name != "title"}))
    return replace_file(output / PAGE, lambda stream: stream.write(text.encode()))


def report_model(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows, as plain data."""
    sources = [*result["methods"], *result["baselines"]]
    numbers = {source["name"]: number for number, source in enumerate(sources)}
    labels = {source["name"]: source["label"] for source in sources}
    return {
        "title": f"Saliency of {result['network']}: whether to believe it",
        "frames": len(result["frames"]),
        "heads": [head_model(head, sources, result["baselines"], numbers) for head in HEADS if any(head in source for source in result["methods"])],
        "randomization": [
            {"label": method["label"], "layers": [{"layers": step["layers"], "text": similarity_text(step)} for step in method["randomization"]]} for method in result["methods"] if "randomization" in method
        ],
        "agreement": [
            {
                "head": head, "pairs": [{"labels": [labels[name] for name in pair["methods"]], "text": similarity_text(pair)} for pair in found["pairs"]],
                "steps": [f"{frame['step']} (ρ = {frame['correlation']:.2f})".replace("-", "−") for frame in found["disagreement"]],
            }
            for head, found in result["agreement"].items() if found["pairs"]
        ],
        "boxes": [
            {"label": method["label"], "cells": [box_text(method["box"][head]) if head in method["box"] else "" for head in HEADS], "even": f"{100 * method['box']['even']:.1f} %"}
            for method in result["methods"] if "box" in method
        ],
        "completeness": [(method["label"], f"{100 * method['completeness_error']:.1f} %") for method in result["methods"] if "completeness_error" in method],
    }  # fmt: skip


def head_model(head: str, sources: Sequence[Mapping], baselines: Sequence[Mapping], numbers: Mapping[str, int]) -> dict[str, Any]:
    """Plots and areas of one of the agent's outputs."""
    shown = [source for source in sources if head in source]
    highest = max(max(source[head][kind]["curve"]) for source in shown for kind in ("deletion", "insertion")) or 1.0
    return {
        "title": HEADS[head],
        "better": [BETTER[head, kind] for kind in ("deletion", "insertion")],
        "highest": f"{highest:.2g}",
        "plots": [{"kind": kind, "lines": [{"number": numbers[source["name"]], "points": polyline(source[head][kind]["curve"], highest)} for source in shown]} for kind in ("deletion", "insertion")],
        "rows": [
            {"number": numbers[source["name"]], "label": source["label"], "cells": [area_text(source[head][kind], [each[head][kind] for each in baselines], BETTER[head, kind]) for kind in ("deletion", "insertion")]}
            for source in shown
        ],
    }


def polyline(curve: Sequence[float], highest: float) -> str:
    """An SVG polyline's points: share of pixels to the right, the curve upwards from 0 to `highest`."""
    return " ".join(f"{WIDTH * index / (len(curve) - 1):.1f},{HEIGHT * (1 - value / highest):.1f}" for index, value in enumerate(curve))


def area_text(found: Mapping[str, Any], baselines: Sequence[Mapping], better: str) -> dict[str, str]:
    """An area with its interval, and in how many frames it beats each baseline."""
    sign = 1 if better == "larger" else -1
    beaten = [sum(sign * own > sign * other for own, other in zip(found["areas"], each["areas"], strict=True)) for each in baselines]
    return {"area": f"{found['area']:.3g}", "interval": "{:.3g} to {:.3g}".format(*found["interval"]), "beats": " and ".join(map(str, beaten))}


def box_text(found: Mapping[str, Any] | None) -> str:
    """A mean share of maps in a box with its interval."""
    if found is None:
        return "maps are zero"
    return "{:.1f} % ({:.1f} to {:.1f})".format(*(100 * each for each in (found["share"], *found["interval"])))


def similarity_text(found: Mapping[str, Any]) -> str:
    """A mean rank correlation with its interval."""
    if found["correlation"] is None:
        return "maps are constant"
    text = "{:.2f} ({:.2f} to {:.2f})".format(found["correlation"], *found["interval"]).replace("-", "−")
    count = found["constant"]
    return text + (f", {count} {'frame' if count == 1 else 'frames'} with a constant map" if count else "")
