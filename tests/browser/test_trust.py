"""The panel that says whether to believe the maps, and bookmarks where they disagree."""

import statistics

from rlvis.interface.chunks import chunk_arrays
from rlvis.interface.reading import read_chunk, read_index


def lines(visit, item=0):
    """Name and cells of every line of the numbers of one map."""
    rows = visit.page.locator(".trust-item").nth(item).locator("table").first.locator("tbody tr").all()
    return {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in rows}


def test_completeness_and_agreement_are_those_of_the_frame(desk, procgen):
    visit = desk(procgen, "#frame=30&trajectory=2")
    index = read_index(procgen.parent)
    [agreement] = index["trust"]["agreement"]
    number = agreement["pairs"].index(["integrated_gradients/2b", "perturbation"])
    here = chunk_arrays(read_chunk(procgen.parent, index, index["trust"]["chunks"][1]))["value"][number, 30]
    shown = lines(visit)
    assert shown["ρ with perturbation"] == [f"{here:.2f}", f"{agreement['means'][number]:.2f}"]
    errors = visit.page.evaluate("[...rlvis.app.panels.attribution.rows[0].attribution.completeness]")
    as_number = [float(text.removesuffix(" %")) for text in shown["completeness error"]]
    assert abs(as_number[0] - 100 * errors[30]) <= 0.5
    assert abs(as_number[1] - 100 * statistics.median(errors)) <= 0.5


def test_every_map_on_the_screen_is_judged_once(desk, procgen):
    visit = desk(procgen, "#rows=integrated_gradients~value,perturbation~value,perturbation~value")
    assert visit.page.locator(".trust-item h3").all_inner_texts() == ["integrated gradients at 2b\nvalue function", "perturbation (Greydanus et al.)\nvalue function"]
    visit.page.keyboard.press("]")
    visit.settle()
    assert visit.page.locator(".trust-item h3").first.inner_text().startswith("integrated gradients at 3a")


def test_areas_stand_beside_baselines_and_say_which_is_better(desk, procgen):
    visit = desk(procgen, "#rows=perturbation~value")
    tables = visit.page.locator(".trust-areas")
    assert [table.locator("caption").inner_text() for table in tables.all()] == ["Area, action's probability", "Area, distance to the value"]
    assert tables.nth(0).locator("thead th").all_inner_texts() == ["", "delete ↓", "insert ↑"]
    assert tables.nth(1).locator("thead th").all_inner_texts() == ["", "delete ↑", "insert ↓"]
    assert tables.nth(0).locator("tbody tr").all_inner_texts() == ["this map\t0.120\t0.610", "random order\t0.400\t0.300", "from the centre\t0.350\t0.330"]
    assert "0.100 to 0.140" in tables.nth(0).locator("td").first.get_attribute("title")
    visit.page.locator(".trust-randomization summary").click()
    assert visit.page.locator(".trust-randomization tbody tr").all_inner_texts() == ["policy and value\t0.710", "4a\t0.120", "1a\t–"]


def test_what_nothing_is_known_of_is_said(desk, procgen):
    visit = desk(procgen)
    visit.page.evaluate("() => { const { trust } = rlvis.app.panels; trust.trust = { agreement: [], chunks: [], judgements: [], baselines: [], frames: 0 }; trust.shown = ''; }")
    visit.revisit("#rows=perturbation~value")
    assert "Nothing was computed" in visit.page.locator("#trust").inner_text()
    visit.page.evaluate("() => { const { trust } = rlvis.app.panels; trust.trust = rlvis.app.content.trust; trust.shown = ''; }")


def test_bookmarks_lead_to_disagreement_and_pause(desk, procgen):
    visit = desk(procgen)
    visit.page.keyboard.press(" ")
    section = visit.page.locator(".bookmark-section", has_text="Methods disagree most")
    first = read_index(procgen.parent)["marks"][0]["marks"][0]
    assert "rank correlation" in section.locator(".advantage").first.get_attribute("title")
    section.locator("a").first.click()
    visit.settle()
    state = visit.state
    assert (state["trajectory"], state["frame"], state["playing"]) == (first["trajectory"], first["frame"], 0)


def test_a_damaged_agreement_is_said_in_its_panel_only(visits, procgen, server):
    visit = visits(procgen)
    visit.expects_errors = True
    visit.page.evaluate("() => { const { chunks, panels } = rlvis.app; panels.trust.trust = { ...panels.trust.trust, chunks: ['nowhere', 'nowhere'] }; rlvis.app.invalidate('frame'); }")
    visit.settle()
    assert "nowhere" in visit.page.locator("#trust .panel-message").inner_text()
    assert visit.page.locator("#attribution .panel-message:visible").count() == 0


def test_the_panel_has_its_help(desk, procgen):
    visit = desk(procgen)
    visit.page.locator("#trust .help-button").click()
    text = visit.page.locator("#help-trust").inner_text()
    assert "Completeness error" in text and "What can mislead" in text
