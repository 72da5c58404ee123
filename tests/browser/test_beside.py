"""A second agent beside the one that played: its rows, its policy, its layers."""

import numpy as np
import pytest

from rlvis.interface.reading import read_index

LENGTH = 40


@pytest.fixture(scope="session")
def beside(fake_content, tmp_path_factory):
    """One trajectory of an agent with another one beside it: the page's path."""
    return fake_content.write(tmp_path_factory.mktemp("interface") / "beside", "beside", 1, LENGTH)


@pytest.fixture(scope="session")
def played(fake_content):
    return fake_content.trajectory(fake_content.game("beside"), LENGTH, 0)


def softmax(logits):
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def test_its_value_and_how_far_it_is_away_have_rows(desk, beside, played):
    visit = desk(beside, "#frame=10")
    labels = visit.page.locator(".row-label span:first-child").all_inner_texts()
    assert labels == ["frames", "advantage", "value function", "B: value", "B: divergence", "agreement", "B: agreement"]
    numbers = dict(zip(labels[1:], visit.page.locator(".row-label b").all_inner_texts(), strict=True))
    assert abs(float(numbers["B: value"].replace("−", "-")) + played.values[10]) < 0.01 * abs(played.values[10])
    assert abs(float(numbers["B: divergence"]) - played.rows[1].values[10]) < 0.01
    cells = dict(zip(visit.page.locator(".status dt:visible").all_inner_texts(), visit.page.locator(".status dd:visible").all_inner_texts(), strict=True))
    assert cells["B: value"] == numbers["B: value"] and cells["value"] == numbers["value function"]


def test_its_policy_is_drawn_below_the_other_one(desk, beside, played):
    visit = desk(beside, "#frame=10")
    assert visit.page.locator(".policy-title").all_inner_texts() == ["policy", "B: policy"]
    for strip, logits in ((".policy-bar:not(.policy-beside)", played.logits[10]), (".policy-beside", played.beside_logits[10])):
        widths = np.array(visit.page.locator(f"{strip} .policy-segment").evaluate_all("(segments) => segments.map((segment) => segment.getBoundingClientRect().width)"))
        np.testing.assert_allclose(widths / widths.sum(), softmax(logits), atol=0.01)
        assert visit.page.locator(f"{strip} .chosen").count() == 1
    assert visit.page.locator(".policy-beside").get_attribute("aria-label").startswith("B: policy: ")
    visit.page.locator(".policy-beside").hover()
    readout = visit.page.locator(".readout")
    assert readout.locator("p").inner_text() == "probability, logit; then those of B"
    chosen = readout.locator("tr.chosen td").all_inner_texts()
    action = played.actions[10]
    expected = [f"{100 * softmax(logits)[action]:.3g}" for logits in (played.logits[10], played.beside_logits[10])]
    assert [float(chosen[column].split()[0]) for column in (2, 4)] == pytest.approx([float(each) for each in expected], abs=1)
    visit.page.mouse.move(0, 0)


def test_bookmarks_lead_to_where_it_differs_most(desk, beside, played):
    visit = desk(beside)
    section = visit.page.locator(".bookmark-section", has_text="B differs most")
    assert visit.page.locator(".bookmark-section", has_text="Lowest B").count() == 0
    section.locator("a").first.click()
    visit.settle()
    assert visit.state["frame"] == int(np.argmax(played.rows[1].values))


def test_its_layer_has_a_row_a_legend_and_examples(desk, beside):
    visit = desk(beside, "#frame=10")
    assert visit.page.get_by_label("Layer of this row").evaluate_all("(lists) => lists.map((list) => list.selectedOptions[0].textContent)") == ["selected layer (3a)", "layer B 3a"]
    assert visit.page.locator(".row-completeness").all_inner_texts()[1].startswith("completeness error")
    visit.page.get_by_label("B 2b", exact=True).check(force=True)
    visit.settle()
    assert visit.state["layer"] == "b/2b"
    assert visit.page.evaluate("rlvis.app.panels.attribution.rows.map(({ map }) => map.id)") == ["integrated_gradients/b/2b", "integrated_gradients/b/3a"]
    visit.page.locator(".legend-item .disc").nth(2).click()
    assert visit.state["pinned"] == [2]
    visit.page.locator(".thumbnail-button").first.click()
    visit.settle()
    assert visit.page.locator("dialog[open]").count() == 1
    link = visit.page.evaluate("rlvis.app.address.link()")
    visit.page.keyboard.press("Escape")
    again = desk(beside, f"#{link.split('#')[1]}")
    assert (again.state["layer"], again.state["popup"]["feature"]) == ("b/2b", 0)
    again.page.keyboard.press("Escape")


def test_a_link_leads_to_its_own_saliency(desk, beside):
    visit = desk(beside)
    visit.page.get_by_label("Attribution method").first.select_option(label="B: perturbation (Greydanus et al.)")
    link = visit.page.evaluate("rlvis.app.address.link()")
    visit = desk(beside, f"#{link.split('#')[1]}")
    assert visit.page.evaluate("rlvis.app.panels.attribution.rows.map(({ map }) => map.id)") == ["b/perturbation", "integrated_gradients/b/3a"]


def test_agreement_is_within_one_agent_or_between_the_two(desk, beside):
    visit = desk(beside, "#frame=10")
    compared = visit.page.evaluate("rlvis.app.panels.timeline.rows.derived[1].kinds.map(({ compared }) => compared[0].pairs.map(({ names }) => names))")
    assert compared == [
        [["integrated_gradients/2b", "perturbation"], ["integrated_gradients/3a", "perturbation"]],
        [["integrated_gradients/2b", "integrated_gradients/b/2b"], ["integrated_gradients/3a", "integrated_gradients/b/3a"], ["perturbation", "b/perturbation"]],
    ]
    trust = visit.page.locator(".trust-item")
    assert trust.nth(0).locator("th[scope=row]").all_inner_texts()[:4] == ["completeness error", "ρ with 2b", "ρ with B 3a", "ρ with perturbation"]
    titles = [marks["title"] for marks in read_index(beside.parent)["marks"]]
    assert titles == ["Methods disagree most", "Maps unlike those of B", "B differs most"]


def test_it_is_named_and_its_numbers_are_downloaded(desk, beside, played):
    visit = desk(beside)
    assert "beside it B, other.npz" in visit.page.locator(".header-facts").inner_text()
    visit.page.get_by_role("button", name="Provenance").click()
    assert "The agent beside it, B" in visit.page.locator(".provenance-dialog").inner_text()
    visit.page.keyboard.press("Escape")
    record = visit.page.evaluate("rlvis.app.exporter.records()[7]")
    assert record["B logit NOOP"] == pytest.approx(played.beside_logits[7, 4], rel=1e-5)
    assert record["beside"] == pytest.approx(-played.values[7], rel=1e-5) and 0 < record["apart"] < 1
    assert -1 <= record["agreement with B"] <= 1


def test_without_a_second_agent_nothing_speaks_of_one(desk, procgen):
    visit = desk(procgen)
    assert "beside" not in read_index(procgen.parent)
    assert visit.page.locator(".policy-beside").count() == 0
    assert not any(text.startswith("B:") for text in visit.page.locator(".status dt:visible, .row-label span").all_inner_texts())
