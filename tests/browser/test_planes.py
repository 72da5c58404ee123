"""The mathematics of an attribution picture against NumPy (attribution.md section 5's formulas, written out again)."""

import numpy as np
import pytest

COLOURS = ["#ff0000", "#ffe400", "#a1ff00", "#00ff4e", "#00ffff", "#004eff", "#a100ff", "#ff00e4"]

PAINT = """({ stored, shape, scales, frame, chosen, colours, direction, factor, weight, saturation, smooth }) => {
  const [, , height, width] = shape;
  const units = [...rlvis.unitColours(colours), rlvis.RESIDUAL_COLOUR];
  const planes = { data: Int16Array.from(stored), shape, scales };
  const rgb = new Float32Array(3 * height * width);
  rlvis.combinePlanes(planes, frame, chosen.map((plane) => ({ plane, colour: units[plane] })), direction, factor, rgb);
  const drawn = smooth ? new rlvis.Smoother(height, width).smooth(rgb, new Float32Array(rgb.length)) : rgb;
  const pixels = new Uint8ClampedArray(4 * height * width);
  const saturated = rlvis.paintColours(drawn, pixels, weight, saturation);
  return { pixels: [...pixels], saturated };
}"""


def unit_colours():
    colours = np.array([[int(colour[start : start + 2], 16) for start in (1, 3, 5)] for colour in COLOURS], np.float64)
    return np.vstack([colours / np.linalg.norm(colours, axis=1, keepdims=True), np.ones(3)])


def smoothed(rgb):
    """Zero-padded sum over the 15 × 15 neighbourhood with weights exp(−r) for r ≤ 7."""
    height, width, _ = rgb.shape
    padded = np.pad(rgb, ((7, 7), (7, 7), (0, 0)))
    total = np.zeros_like(rgb)
    for dy in range(-7, 8):
        for dx in range(-7, 8):
            distance = np.hypot(dy, dx)
            if distance <= 7:
                total += np.exp(-distance) * padded[7 + dy : 7 + dy + height, 7 + dx : 7 + dx + width]
    return total


def painted(values, chosen, direction, weight, saturation, smooth):
    """RGBA as floats in [0, 255], and the share of cells beyond full brightness."""
    directed = {"positive": np.maximum(values, 0), "negative": np.maximum(-values, 0), "absolute": np.abs(values)}[direction]
    rgb = np.einsum("khw,kc->hwc", directed[chosen], unit_colours()[chosen])
    rgb = smoothed(rgb) if smooth else rgb
    norm = np.linalg.norm(rgb, axis=-1, keepdims=True)
    brightness = np.minimum(1, norm)
    divisor = np.where(norm == 0, 1, brightness if saturation == "white" else norm)
    colour = np.clip(rgb / divisor, 0, 1)
    return 255 * np.concatenate([colour, weight * brightness], axis=-1), float((norm > 1).mean())


@pytest.mark.parametrize("direction", ["positive", "negative", "absolute"])
@pytest.mark.parametrize("saturation", ["hue", "white"])
@pytest.mark.parametrize("smooth", [True, False])
def test_picture_is_the_formulas(desk, single, direction, saturation, smooth):
    generator = np.random.default_rng(3)
    shape = (9, 2, 13, 21)
    stored = generator.integers(-120, 121, shape) * (generator.random(shape) < 0.3)
    scales = generator.uniform(0.5, 2, 9) / 127
    chosen, factor = [0, 3, 6, 8], 0.4 if smooth else 1.4
    result = desk(single).page.evaluate(PAINT, {
        "stored": stored.ravel().tolist(), "shape": shape, "scales": scales.tolist(), "frame": 1, "chosen": chosen, "colours": COLOURS,
        "direction": direction, "factor": factor, "weight": 0.9, "saturation": saturation, "smooth": smooth,
    })  # fmt: skip
    expected, saturated = painted(stored[:, 1] * scales[:, None, None] * factor, chosen, direction, 0.9, saturation, smooth)
    found = np.array(result["pixels"]).reshape(13, 21, 4)
    visible = expected[..., 3] > 0
    assert 0.05 < saturated < 0.95
    assert result["saturated"] == pytest.approx(saturated, abs=1e-9)
    np.testing.assert_allclose(found[visible], expected[visible], atol=0.51)
    assert (found[~visible][:, 3] == 0).all()


def test_kernel_sums_to_what_the_formula_sums_to(desk, single):
    kernel = np.array(desk(single).page.evaluate("[...rlvis.smoothingKernel()]")).reshape(15, 15)
    rows, columns = np.mgrid[-7:8, -7:8]
    distance = np.hypot(rows, columns)
    np.testing.assert_allclose(kernel, np.where(distance <= 7, np.exp(-distance), 0), atol=1e-12)


def test_hue_survives_saturation_and_meets_the_article_at_full_brightness(desk, single):
    page = desk(single).page
    paint = """([rgb, mode]) => { const pixels = new Uint8ClampedArray(4); rlvis.paintColours(Float32Array.from(rgb), pixels, 1, mode); return [...pixels]; }"""
    strong = [3.0, 2.4, 1.8]
    assert page.evaluate(paint, [strong, "white"]) == [255, 255, 255, 255]
    red, green, blue, alpha = page.evaluate(paint, [strong, "hue"])
    assert alpha == 255
    assert red > green > blue
    at_full = [each / np.linalg.norm(strong) for each in strong]
    assert page.evaluate(paint, [at_full, "hue"]) == pytest.approx(page.evaluate(paint, [at_full, "white"]), abs=1)


def test_planes_read_from_the_page_are_those_that_were_written(desk, procgen, fake_content):
    visit = desk(procgen, "#frame=33")
    layer = next(layer for layer in fake_content.game("procgen").layers if layer.id == "2b")
    written = fake_content.planes(layer, 90, 0, 0)
    places = [(0, 0), (7, 19), (24, 16), (31, 31)]
    found = visit.page.evaluate("(places) => places.map(([row, column]) => rlvis.app.panels.attribution.rows[0].attribution.at(33, row, column))", places)
    scale = visit.page.evaluate("rlvis.app.panels.attribution.rows[0].attribution.scale('trajectory', 33)")
    for (row, column), values in zip(places, found, strict=True):
        expected = np.append(written.planes[33, row, column], written.residual[33, row, column])
        np.testing.assert_allclose(values, expected, atol=0.1 * max(scale, np.abs(expected).max()))
    sums = visit.page.evaluate("rlvis.app.panels.attribution.rows[0].attribution.frameSums(33)")
    np.testing.assert_allclose(sums[:8], written.planes[33].sum(axis=(0, 1), dtype=np.float64), rtol=1e-5, atol=1e-7)


def test_colour_scales_are_those_of_the_index(desk, procgen, fake_content):
    visit = desk(procgen, "#frame=33&trajectory=2")
    layer = next(layer for layer in fake_content.game("procgen").layers if layer.id == "2b")
    maxima = [np.abs(fake_content.planes(layer, 90, seed, 0).planes).max(axis=(1, 2, 3)) for seed in range(2)]
    scale = "(kind) => rlvis.app.panels.attribution.rows[0].attribution.scale(kind, 33)"
    assert visit.page.evaluate(scale, "frame") == pytest.approx(maxima[1][33], rel=1e-5)
    assert visit.page.evaluate(scale, "trajectory") == pytest.approx(np.median(maxima[1]), rel=1e-5)
    assert visit.page.evaluate(scale, "all") == pytest.approx(np.median(np.concatenate(maxima)), rel=1e-5)
