"""How alike maps by different methods are, as a row of the timeline."""

import itertools
import re

import numpy as np

from rlvis.interface.chunks import chunk_arrays
from rlvis.interface.reading import read_chunk, read_index


def expected(folder, trajectory):
    """Rank correlations of the value's maps by different methods, by pair of map ids: `(T,)` each, NaN where unknown."""
    index = read_index(folder)
    [agreement] = index["trust"]["agreement"]
    stored = chunk_arrays(read_chunk(folder, index, index["trust"]["chunks"][trajectory]))["value"]
    methods = {entry["id"]: entry["method"] for entry in index["maps"]}
    return {tuple(pair): values for pair, values in zip(agreement["pairs"], stored, strict=True) if methods[pair[0]] != methods[pair[1]]}


def test_the_row_is_the_mean_of_all_pairs(desk, procgen):
    visit = desk(procgen, "#trajectory=2&frame=30")
    pairs = expected(procgen.parent, 1)
    assert len(pairs) == 1 * 5 + 1 + 5  # gradients at the input, integrated gradients at five layers, perturbation
    mean = np.mean(list(pairs.values()), axis=0)
    drawn = visit.page.evaluate("(() => { const row = rlvis.app.panels.timeline.scrubber.rows.find(({ id }) => id === 'agreement'); return [[...row.values], row.range]; })()")
    np.testing.assert_allclose(drawn[0], mean, atol=1e-6)
    np.testing.assert_allclose(drawn[1], [min(0, mean.min()), 1], atol=1e-6)
    label = visit.page.locator(".row-label", has_text="agreement")
    assert abs(float(label.locator("b").inner_text().replace("−", "-")) - mean[30]) <= 0.005 + 1e-6
    assert "by different methods" in label.get_attribute("title")


def test_it_is_what_the_bookmarks_of_disagreement_go_by(desk, procgen):
    visit = desk(procgen)
    [marks, *_] = read_index(procgen.parent)["marks"]
    visit.page.locator(".bookmark-section", has_text="Methods disagree most").locator("a").first.click()
    visit.settle()
    shown = visit.page.locator(".row-label", has_text="agreement").locator("b").inner_text()
    assert abs(float(shown.replace("−", "-")) - marks["marks"][0]["value"]) < 0.01


def test_pointing_at_it_gives_the_pairs_with_the_map_on_the_screen(desk, procgen):
    visit = desk(procgen, "#frame=30&layer=2b")
    box = visit.page.locator(".scrubber-canvas").bounding_box()
    top = visit.page.evaluate("rlvis.app.panels.timeline.scrubber.top.at(-2)")
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + top + 12)
    readout = visit.page.locator(".readout")
    pairs = expected(procgen.parent, 0)
    here = {other: values[30] for pair, values in pairs.items() for this, other in itertools.permutations(pair) if this == "integrated_gradients/2b"}
    assert set(here) == {"gradients/input", "perturbation"}
    lines = readout.locator("tr").all_inner_texts()
    assert [re.sub(r"\s+", " ", line).strip() for line in lines] == [f"with {name} {here[other]:.2f}".replace("-", "−") for other, name in (("gradients/input", "gradients at input"), ("perturbation", "perturbation (Greydanus et al.)"))]
    assert readout.inner_text().startswith("agreement, frame 30: ")


def test_pointing_at_any_row_gives_its_number_there(desk, procgen, fake_content):
    visit = desk(procgen, "#frame=30")
    box = visit.page.locator(".scrubber-canvas").bounding_box()
    per_frame, [strip, first, *_] = visit.page.evaluate("[rlvis.app.panels.timeline.scrubber.perFrame(), rlvis.app.panels.timeline.scrubber.top]")
    visit.page.mouse.move(box["x"] + box["width"] / 2 + 7 * per_frame, box["y"] + (strip + first) / 2)
    advantage = fake_content.trajectory(fake_content.game("procgen"), 90, 0).advantages[37]
    assert visit.page.locator(".readout").inner_text().strip() == f"advantage, frame 37: {advantage:.3g}".replace("-", "−")
    visit.page.mouse.move(box["x"] + box["width"] / 2 - 31 * per_frame, box["y"] + (strip + first) / 2)
    assert visit.page.locator(".readout").is_hidden()


def test_a_frame_without_agreement_leaves_a_gap(visits, procgen):
    visit = visits(procgen, "#frame=30&timeline=agreement&visible=16&theme=light")
    middle = """() => { const { scrubber } = rlvis.app.panels.timeline; const ratio = scrubber.canvas.width / rlvis.app.widthOf(scrubber.canvas);
        const top = Math.ceil(scrubber.top[0] * ratio) + 3, height = Math.floor((scrubber.top[1] - scrubber.top[0]) * ratio) - 4, x = Math.round(scrubber.canvas.width / 2 + 0.5 * scrubber.perFrame() * ratio);
        const { data } = scrubber.canvas.getContext("2d").getImageData(x - 8, top, 1, height);
        return new Set(Array.from({ length: height }, (_, y) => data.slice(4 * y, 4 * y + 3).join())).size; }"""
    assert visit.page.evaluate(middle) > 1  # the line on its ground
    visit.page.evaluate(
        """() => { const { chunks, content } = rlvis.app; const entry = chunks.get(content.trust.chunks[0]).entry("value");
           for (let pair = 0; pair < entry.shape[0]; pair++) entry.data[pair * entry.shape[1] + 30] = -128;
           rlvis.app.panels.timeline.rows.derived[1].kept.clear(); rlvis.app.invalidate("frame"); }"""
    )
    visit.settle()
    assert visit.page.locator(".row-label", has_text="agreement").locator("b").inner_text() == "–"
    assert visit.page.evaluate(middle) == 1


def test_downloaded_numbers_hold_it(desk, procgen):
    visit = desk(procgen)
    mean = np.mean([values[10] for values in expected(procgen.parent, 0).values()])
    assert abs(visit.page.evaluate("rlvis.app.exporter.records()[10]['agreement of methods']") - mean) < 1e-6


def test_one_method_has_nothing_to_agree_with(visits, procgen):
    visit = visits(procgen)
    visit.page.evaluate("() => { for (const map of rlvis.app.content.maps) map.method = 'one'; }")
    assert visit.page.evaluate("new rlvis.AgreementRow(rlvis.app).available()") == []
