"""Recorded games: fixations over the frames, gaze beside the agent's map, bookmarks of agreement."""

import pytest

from rlvis.interface.reading import read_index

MARKED = """() => [...document.querySelectorAll("#attribution .picture:not([hidden]) .picture-fixations")].map((canvas) => {
  if (canvas.hidden) return null;
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [count, x, y] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) if (data[i] > 200) { count += 1; x += (i / 4) % width; y += Math.floor(i / 4 / width); }
  return count ? [x / count / width, y / count / height] : [];
})"""


@pytest.fixture(scope="module")
def gaze(fake_content, tmp_path_factory):
    """Two recorded games of 70 frames: the page's path."""
    return fake_content.write(tmp_path_factory.mktemp("interface") / "gaze", "gaze", 2, 70)


def test_fixations_are_marked_in_every_picture(desk, gaze, fake_content):
    visit = desk(gaze, "#frame=11")
    row, column = fake_content.positions(70, 0)[11, 0]
    marked = visit.page.evaluate(MARKED)
    assert len(marked) == 6
    for place in marked:
        assert place == pytest.approx([column, row], abs=0.01)
    visit.revisit("#frame=10")
    assert visit.page.evaluate(MARKED) == [[]] * 6


def test_fixations_can_be_switched_off_and_the_link_says_so(desk, gaze):
    visit = desk(gaze, "#frame=11")
    visit.page.keyboard.press("g")
    visit.settle()
    assert visit.page.evaluate(MARKED) == [None] * 6
    assert "gaze=0" in visit.page.evaluate("rlvis.app.address.link()")
    visit.page.get_by_role("checkbox", name="fixations").check()
    visit.settle()
    assert None not in visit.page.evaluate(MARKED)


def test_human_frames_show_gaze_and_maps_where_the_agent_sees_them(desk, gaze, fake_content):
    visit = desk(gaze, "#frame=11&human=1")
    row, column = fake_content.positions(70, 0)[11, 0]
    place = visit.page.evaluate(MARKED)[0]
    # Rows 35 to 195 of 210 are what the agent sees.
    assert place == pytest.approx([column, (35 + 160 * row) / 210], abs=0.01)
    box = visit.page.locator("#attribution .picture-surface").nth(1).bounding_box()
    planes = visit.page.locator("#attribution .picture-planes").nth(1).bounding_box()
    assert (planes["y"] - box["y"]) / box["height"] == pytest.approx(35 / 210, abs=0.01)
    assert planes["height"] / box["height"] == pytest.approx(160 / 210, abs=0.01)
    surface = visit.page.locator("#attribution .picture-surface").nth(1)
    surface.hover(position={"x": box["width"] / 2, "y": box["height"] * 0.05})
    visit.settle()
    assert visit.state["probe"] is None
    surface.hover(position={"x": box["width"] / 2, "y": box["height"] * (35 + 0.5 * 160 / 9) / 210})
    visit.settle()
    assert "row 0, column 4" in visit.page.locator(".readout").inner_text()


def test_person_and_agent_stand_side_by_side(desk, gaze):
    visit = desk(gaze, "#frame=11")
    captions = visit.page.locator(".row").nth(1).locator(".picture:visible figcaption").all_inner_texts()
    assert captions == ["Observation", "human gaze", "Agent: integrated gradients, value function"]
    data = "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    beside = visit.page.locator(".row").nth(1).locator(".picture-planes").nth(2).evaluate(data)
    visit.page.get_by_role("radio", name="combined").check(force=True)
    visit.settle()
    assert visit.page.locator(".row").first.locator(".picture-planes").nth(1).evaluate(data) == beside
    assert any(beside)
    visit.revisit("#frame=11&rows=human_gaze~gaze")
    assert visit.page.locator(".row .picture:visible").count() == 2


def test_gaze_is_no_output_of_the_agent(desk, gaze):
    visit = desk(gaze, "#frame=11")
    assert visit.page.locator(".trust-item h3").count() == 1
    assert visit.page.locator(".row-label", has_text="person looked").count() == 0


def test_bookmarks_lead_to_best_and_worst_agreement(desk, gaze):
    visit = desk(gaze)
    best = next(each for each in read_index(gaze.parent)["marks"] if each["title"] == "Highest gaze: NSS")["marks"][0]
    visit.page.locator(".bookmark-section", has_text="they agree best").locator("a").first.click()
    visit.settle()
    assert (visit.state["trajectory"], visit.state["frame"]) == (best["trajectory"], best["frame"])


def test_pages_without_gaze_offer_none(desk, procgen):
    visit = desk(procgen)
    assert visit.page.locator(".check", has_text="fixations").is_hidden()
    assert visit.page.evaluate(MARKED) == [None] * 3
